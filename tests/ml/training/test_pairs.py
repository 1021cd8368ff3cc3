"""Learning from pairs, broken off: few-shot training and the phase before any method."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Stopped
from core.ml.training import pairs
from core.ml.training.adapt import adapt
from core.ml.training.material import Material
from core.ml.training.methods import Run, train
from core.ml.training.options import FewShotOptions, LoraOptions
from core.ml.training.watch import Watch
from tests.ml.training.conftest import Heard

OPTIONS = FewShotOptions(epochs=1, batch_size=8, frozen_layers=1, rank=2, checkpoint_seconds=0.0)


class StopAt(Watch):
    """Ends a phase after a step."""

    def __init__(self, phase: str, step: int) -> None:
        self._at = (phase, step)

    def phase(self, name: str, done: int, total: int) -> None:
        if (name, done) == self._at:
            raise Stopped


def test_few_shot_training_that_was_broken_off_ends_with_the_same_weights(
    make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material, run_dir = make_material(80), tmp_path / "run"
    alone = train("few_shot", material, tmp_path / "alone", options=OPTIONS)
    for step in (5, 12):
        with pytest.raises(Stopped):
            train(
                "few_shot",
                material,
                tmp_path / "never",
                options=OPTIONS,
                run_dir=run_dir,
                watch=StopAt("training", step),
            )
    heard = Heard()
    resumed = train("few_shot", material, tmp_path / "resumed", options=OPTIONS, run_dir=run_dir, watch=heard)
    assert heard.steps == list(range(12, 21))
    assert resumed.version == alone.version
    assert not list(run_dir.glob("checkpoint-*"))


def test_the_more_texts_the_more_is_drawn_from_them(make_material: Callable[..., Material], tmp_path: Path) -> None:
    drawn = {}
    for n in (80, 240):
        found = train("few_shot", make_material(n), tmp_path / str(n), options=replace(OPTIONS, epochs=4))
        drawn[n] = found.calibration["steps"] / found.calibration["taught"]
    assert drawn[80] == pytest.approx(drawn[240], rel=0.05)


def test_its_curve_falls_and_ends_with_the_last_step(
    make_material: Callable[..., Material], tmp_path: Path, heard: Heard
) -> None:
    train("few_shot", make_material(80), tmp_path, options=replace(OPTIONS, epochs=8), watch=heard)
    assert heard.points[-1].step == heard.points[-1].n_steps
    assert heard.points[-1].loss < heard.points[0].loss
    assert heard.points[-1].learning_rate < max(point.learning_rate for point in heard.points) / 10


def test_a_training_with_adapting_that_was_broken_off_ends_with_the_same_weights(
    make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material = make_material(80)
    options = LoraOptions(frozen_layers=1, rank=2, epochs=1, adapt_steps=6)
    alone = train("lora", material, tmp_path / "alone", options=options)
    with pytest.raises(Stopped):
        train(
            "lora", material, tmp_path / "never", options=options, run_dir=tmp_path / "run", watch=StopAt("training", 2)
        )
    resumed = train("lora", material, tmp_path / "resumed", options=options, run_dir=tmp_path / "run")
    assert resumed.version == alone.version
    assert not list((tmp_path / "run").glob("**/checkpoint-*"))


def test_what_a_run_that_died_had_written_beside_its_checkpoints_goes(
    make_material: Callable[..., Material], tmp_path: Path
) -> None:
    left = tmp_path / "run" / "adapting" / ".scratch-abc"
    left.mkdir(parents=True)
    (left / "states").write_bytes(b"much")
    train("few_shot", make_material(80), tmp_path / "model", options=OPTIONS, run_dir=tmp_path / "run")
    assert not list(tmp_path.rglob(".scratch-*"))


def test_adapting_leaves_the_test_part_out(make_material: Callable[..., Material]) -> None:
    material = make_material(80)
    read: list[int] = []

    class Kept(Watch):
        def phase(self, name: str, done: int, total: int) -> None:
            if name == "reading":
                read.append(total)

    adapt(material, LoraOptions(adapt_steps=20), Run(Kept(), None))
    assert read[-1] == len(material.split(held_out_of=7, seed=0).taught)


def test_the_learning_rate_rises_then_falls_to_nothing() -> None:
    shares = [pairs.share_of_rate(step, 100) for step in range(1, 101)]
    assert max(shares) == shares[9] == 1.0
    assert shares[0] == 0.1
    assert shares[-1] < 0.02
