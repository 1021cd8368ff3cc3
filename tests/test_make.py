"""The two commands of the README, from a folder that has nothing yet: what goes wrong is said in one sentence."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import PROJECT_ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what set-up reads and no environment."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(PROJECT_ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, timeout=60)


def test_every_make_task_of_the_readme_exists() -> None:
    readme = (PROJECT_ROOT / "README.md").read_text("utf-8")
    listed = make(PROJECT_ROOT, "help").stdout
    named = set(re.findall(r"make ([a-z]+)", readme))
    assert {"run", "test", "check", "bench", "help"} <= named
    assert not [task for task in named if f"make {task} " not in listed]


def test_a_missing_python_is_said(clone: Path) -> None:
    done = make(clone, "run", "PYTHON=no-such-python")
    assert done.returncode != 0
    assert "install Python 3.11, 3.12 or 3.13" in done.stderr
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(("version", "said"), [("3, 9", "this is 3.9"), ("3, 14", "this is 3.14")])
def test_a_wrong_python_is_said(clone: Path, version: str, said: str) -> None:
    other = clone / "other-python"
    lie = f"import sys; sys.version_info = ({version}, 0); exec(sys.argv[1])"
    other.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{lie}' \"$2\"\n")
    other.chmod(0o755)
    done = make(clone, "test", f"PYTHON={other}")
    assert done.returncode != 0
    assert said in done.stderr
    assert not (clone / ".venv").exists()


def test_too_small_a_disk_is_said(clone: Path) -> None:
    other = clone / "small-disk-python"
    lie = "import shutil, collections; shutil.disk_usage = lambda _: collections.namedtuple('U', 'free')(2**30)"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{lie}; import sys; exec(sys.argv[1])" "$2"\n')
    other.chmod(0o755)
    done = make(clone, "run", f"PYTHON={other}")
    assert done.returncode != 0
    assert "needs 4 GB of disk and 1 GB are free" in done.stderr
