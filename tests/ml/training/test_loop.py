"""A training that is broken off, runs out of memory or of disk, stops getting better."""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.errors import MachineError, Stopped
from core.ml.batching import Excerpt
from core.ml.training.change import Change
from core.ml.training.lesson import Lesson
from core.ml.training.loop import learn
from core.ml.training.material import Material
from core.ml.training.methods import Run, train
from core.ml.training.options import AdaloraOptions, FullOptions, LoraOptions, PromptOptions
from core.ml.training.states import compute_states
from core.ml.training.upper import UpperClassifier, upper_layers
from core.ml.training.watch import Watch
from tests.ml.training.conftest import Heard

SMALL: dict[str, Any] = {"frozen_layers": 1, "checkpoint_seconds": 0.0, "batch_size": 8, "dropout": 0.1, "epochs": 2}
OPTIONS = {
    "lora": LoraOptions(rank=2, **SMALL),
    "adalora": AdaloraOptions(rank=1, first_rank=2, **SMALL),
    "full": FullOptions(patience=20, **SMALL),
    "prompt": PromptOptions(prompt_tokens=3, **SMALL),
}


class StopAt(Watch):
    """Ends the training after a step."""

    def __init__(self, step: int) -> None:
        self._step = step

    def phase(self, name: str, done: int, total: int) -> None:
        if name == "training" and done == self._step:
            raise Stopped


@pytest.mark.parametrize("method", OPTIONS)
def test_a_training_that_was_broken_off_ends_with_the_same_weights(
    method: str, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material, options, run_dir = make_material(60), OPTIONS[method], tmp_path / "run"
    alone = train(method, material, tmp_path / "alone", options=options)
    for step in (4, 11):
        with pytest.raises(Stopped):
            train(method, material, tmp_path / "never", options=options, run_dir=run_dir, watch=StopAt(step))
    heard = Heard()
    resumed = train(method, material, tmp_path / "resumed", options=options, run_dir=run_dir, watch=heard)
    assert heard.steps[0] == 11
    assert resumed.version == alone.version
    for name in ("head.safetensors", "adapter.safetensors"):
        assert (tmp_path / "resumed" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert not list(run_dir.glob("checkpoint-*"))
    assert list((run_dir / "tensorboard").iterdir())


def test_a_killed_process_leaves_what_the_next_goes_on_from(
    tiny_encoder: Path, make_material: Callable[..., Material], tmp_path: Path
) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from core.ml.training.methods import train; from core.ml.training.watch import Watch\n"
        "from tests.ml.training import conftest, test_loop\n"
        "class Kill(Watch):\n"
        "    def phase(self, name, done, total):\n"
        "        if name == 'training' and done == 5: os.kill(os.getpid(), signal.SIGKILL)\n"
        "material = conftest.make_material.__wrapped__(Path(sys.argv[1]))(60)\n"
        "train('lora', material, Path(sys.argv[2]), options=test_loop.OPTIONS['lora'], watch=Kill(),"
        " run_dir=Path(sys.argv[2], 'run'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiny_encoder), str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    heard = Heard()
    run = {"options": OPTIONS["lora"], "watch": heard, "run_dir": tmp_path / "run"}
    resumed = train("lora", make_material(60), tmp_path / "resumed", **run)
    assert heard.steps[0] == 5
    assert resumed.version == train("lora", make_material(60), tmp_path / "alone", options=OPTIONS["lora"]).version


def test_a_damaged_checkpoint_or_one_of_another_run_is_not_used(
    make_material: Callable[..., Material], tmp_path: Path
) -> None:
    material, options, run_dir = make_material(), OPTIONS["lora"], tmp_path / "run"
    with pytest.raises(Stopped):
        train("lora", material, tmp_path, options=options, run_dir=run_dir, watch=StopAt(10))
    last, before = run_dir / "checkpoint-9", run_dir / "checkpoint-8"
    assert sorted(run_dir.glob("checkpoint-*")) == [before, last]
    whole = (last / "weights.pt").read_bytes()
    (last / "weights.pt").write_bytes(whole[: len(whole) // 2])
    for others, first in ((options, 9), (replace(options, learning_rate=2e-3), 1)):
        heard = Heard()
        with pytest.raises(Stopped):
            train("lora", material, tmp_path, options=others, run_dir=run_dir, watch=_Both(heard, StopAt(first)))
        assert heard.steps == [first]


class _Both(Watch):
    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def phase(self, name: str, done: int, total: int) -> None:
        for watch in self._watches:
            watch.phase(name, done, total)


@pytest.fixture
def small_files() -> Iterator[Callable[[], None]]:
    """Return what makes the system refuse files over a few bytes, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_does_not_end_the_training(
    make_material: Callable[..., Material], small_files: Callable[[], None], tmp_path: Path
) -> None:
    class Full(Heard):
        def phase(self, name: str, done: int, total: int) -> None:
            super().phase(name, done, total)
            if name == "training":
                small_files() if done < total else resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))

    heard = Full()
    train("lora", make_material(), tmp_path / "model", options=OPTIONS["lora"], run_dir=tmp_path / "run", watch=heard)
    assert heard.steps[-1] == heard.points[-1].n_steps
    assert any("No checkpoint could be written" in reason.message for reason in heard.remarks)
    assert any("learning curve" in reason.message for reason in heard.remarks)


class Narrow(UpperClassifier):
    """Has memory for so many texts at once."""

    most = 3

    def forward(self, inputs: Tensor, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        if len(inputs) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return super().forward(inputs, *args, **kwargs)


class All(Change):
    """Trains every weight."""


def learnt(material: Material, folder: Path, kind: type[UpperClassifier], heard: Heard, **options: Any) -> Tensor:
    """Train a network of this kind and return its head."""
    torch.manual_seed(0)
    states = compute_states(material.encoder_dir, material.texts, folder / "states", n_layers=1, read=Excerpt(64))
    change = All(upper_layers(material.encoder_dir, n_frozen=1, dropout=0.0)[0], LoraOptions(**options))
    network = kind(change.encoder, n_labels=len(material.label_ids))
    split = material.split(held_out_of=7, seed=0)
    lesson = Lesson(states, material.true, split.taught, split.validation, "", folder)
    learn(network, change, lesson, Run(heard, None))
    return network.head.weight.detach()


def test_out_of_memory_halves_what_is_computed_at_once_and_changes_nothing_else(
    make_material: Callable[..., Material], heard: Heard, tmp_path: Path
) -> None:
    roomy, narrow = (learnt(make_material(), tmp_path, kind, heard, batch_size=8) for kind in (UpperClassifier, Narrow))
    assert [reason.params for reason in heard.remarks] == [{"before": 8, "after": 4}, {"before": 4, "after": 2}]
    torch.testing.assert_close(narrow, roomy, atol=1e-4, rtol=1e-3)
    with pytest.raises(MachineError, match="max_tokens"):
        learnt(make_material(), tmp_path, type("None_", (Narrow,), {"most": 0}), heard, batch_size=2)


def test_the_curve_has_loss_rate_and_validation(
    make_material: Callable[..., Material], heard: Heard, tmp_path: Path
) -> None:
    learnt(make_material(), tmp_path, UpperClassifier, heard, evaluations=3, batch_size=8, head_learning_rate=0.05)
    steps = [point.step for point in heard.points]
    assert steps == sorted(set(steps))
    assert steps[-1] == heard.points[-1].n_steps == heard.steps[-1]
    measured = [point.macro_f1 for point in heard.points if point.macro_f1 is not None]
    assert len(measured) == 3
    assert measured[-1] > 0.9
    assert heard.points[-1].loss < heard.points[0].loss
    assert max(point.learning_rate for point in heard.points) > 5 * heard.points[-1].learning_rate


def test_training_ends_early_and_keeps_the_best_weights(
    make_material: Callable[..., Material], heard: Heard, tmp_path: Path
) -> None:
    best = train(
        "full",
        make_material(),
        tmp_path,
        options=FullOptions(frozen_layers=1, learning_rate=1e-3, epochs=30, evaluations=60, patience=3),
        watch=heard,
    )
    measured = [point.macro_f1 or 0.0 for point in heard.points if point.macro_f1 is not None]
    assert heard.points[-1].step < heard.points[-1].n_steps
    assert len(measured) - 1 - int(np.argmax(measured)) == 3
    assert best.calibration["best_step"] < best.calibration["steps"]
    assert any("ended early" in reason.message for reason in heard.remarks)
