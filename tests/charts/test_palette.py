from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import yaml

from core.charts.palette import FAMILIES, label_color, label_style

TAXONOMY = Path(__file__).parents[2] / "data" / "taxonomy.yaml"
LABELS = [label["id"] for label in yaml.safe_load(TAXONOMY.read_text(encoding="utf-8"))["labels"]]
MAIN = [label_id for label_id in LABELS if label_id.count(".") < 2 and not label_id.startswith("sector")]
# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB
DEFICIENCIES = {
    "none": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
}


def linear(color):
    channels = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(color, ground):
    bright, dim = sorted((float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (color, ground)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def oklab(rgb):
    to_cone = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    to_lab = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.array(to_lab) @ np.cbrt(np.clip(np.array(to_cone) @ rgb, 0, None))


@pytest.mark.parametrize("color", sorted({color for family in FAMILIES.values() for color in family}))
def test_colours_stand_out_from_light_and_dark_grounds(color):
    assert contrast(color, "#ffffff") >= 3
    assert contrast(color, "#0e1117") >= 3


@pytest.mark.parametrize("matrix", DEFICIENCIES.values(), ids=DEFICIENCIES.keys())
def test_a_dimension_and_its_aspects_stay_apart_for_every_eye(matrix):
    for one, other in combinations(MAIN, 2):
        if one.partition(".")[0] == other.partition(".")[0]:
            seen = [oklab(np.clip(np.array(matrix) @ linear(label_color(id_)), 0, None)) for id_ in (one, other)]
            assert np.linalg.norm(seen[0] - seen[1]) > 0.05, (one, other)


def test_every_label_of_the_tree_has_a_style_of_its_own():
    assert len({label_style(label_id) for label_id in LABELS}) == len(LABELS)


def test_dimensions_and_aspects_differ_without_colour():
    assert len({(label_style(id_).dash, label_style(id_).marker) for id_ in MAIN}) == len(MAIN)


def test_an_unknown_label_keeps_one_style_within_its_family():
    assert label_style("policy.novel.topic") == label_style("policy.novel.topic")
    assert label_color("policy.novel.topic") in FAMILIES["policy"]
    assert label_color("something else").startswith("#")
