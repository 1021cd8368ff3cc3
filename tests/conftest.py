"""What many tests stand on: a tiny encoder and classifier made on the spot, and a data directory that uses them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.config import BUNDLED_DATA, Settings
from core.db import models
from core.db.engine import Database
from core.db.migrate import upgrade
from core.domain.documents import ReadOptions
from core.domain.jobs import JobKind
from core.domain.taxonomy_file import load_taxonomy
from core.services import comparison_jobs, compression_jobs, imports, job_steps, training_steps
from core.services.workspace import Workspace
from tests.builders import NOW

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *map(chr, range(33, 127)),
    *map(chr, range(0x4E00, 0x9FFF, 37)),
]


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer BERT of random weights (seed 0) that reads single characters, in the form the tagger reads."""
    import torch
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers import models as token_models
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    from core.ml.encoder import fetch_encoder

    torch.manual_seed(0)
    source = tmp_path_factory.mktemp("bert")
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(VOCABULARY), max_position_embeddings=512, **shape)).save_pretrained(source)
    words = {word: i for i, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(token_models.WordPiece(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    ends = [("[CLS]", words["[CLS]"]), ("[SEP]", words["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(source)
    target = tmp_path_factory.mktemp("encoders") / "tiny"
    fetch_encoder(str(source), target)
    return target


@pytest.fixture(scope="session")
def tiny_model(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier of random weights (seed 0) on the tiny encoder."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    write_tiny_model(folder, tiny_encoder)
    return folder


def write_tiny_model(folder: Path, tiny_encoder: Path, *, seed: int = 0, **facts: Any) -> str:
    """Write a classifier of random weights on the tiny encoder and return its version; facts are model.json's."""
    from core.ml.encoder import read_encoder
    from core.ml.model_folder import Head, ModelDescription, content_version, write_model

    label_ids = [label.id for label in load_taxonomy(BUNDLED_DATA / "taxonomy.yaml").labels]
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(len(label_ids), 16)).astype(np.float32)
    head = Head(weight, np.zeros(len(label_ids), dtype=np.float32))
    encoder = read_encoder(tiny_encoder)
    description = ModelDescription(
        version="",
        method="head",
        options={},
        seed=seed,
        data_hash="",
        n_examples=0,
        taxonomy_version="1",
        encoder_name=encoder.name,
        encoder_hash=encoder.hash,
        label_ids=label_ids,
        thresholds=[0.6] * len(label_ids),
        calibration={},
        metrics={},
        seconds=0.0,
    )
    description = replace(description, version=content_version(head, {}, description), **facts)
    write_model(folder, head, {}, description, "# Card")
    return description.version


def make_workspace(home: Path, tiny_encoder: Path, tiny_model: Path, url: str = "") -> Workspace:
    """Return a data directory with a migrated database and the tiny classifier as champion."""
    from core.ml.model_folder import read_description

    settings = Settings(home=home, database_url=url)
    settings.uploads_dir.mkdir(parents=True)
    settings.encoder_dir.symlink_to(tiny_encoder)
    (home / "models").mkdir()
    (home / "models" / "tiny").symlink_to(tiny_model)
    workspace = Workspace(
        settings, Database(settings.resolved_database_url), load_taxonomy(BUNDLED_DATA / "taxonomy.yaml")
    )
    upgrade(workspace.database)
    found = read_description(tiny_model)
    thresholds = dict(zip(found.label_ids, found.thresholds, strict=True))
    version = models.ModelVersion(found.version, "1", "head", found.label_ids, thresholds, {}, "models/tiny", NOW)
    with workspace.database.writing() as connection:
        models.save_taxonomy(connection, workspace.taxonomy)
        models.add_model_version(connection, version)
        models.set_champion(connection, version.id)
    return workspace


@pytest.fixture
def workspace(tmp_path: Path, tiny_encoder: Path, tiny_model: Path) -> Iterator[Workspace]:
    """A data directory with a migrated database and the tiny classifier as champion."""
    workspace = make_workspace(tmp_path / "home", tiny_encoder, tiny_model)
    yield workspace
    workspace.database.close()


@pytest.fixture
def run_job(workspace: Workspace) -> Callable[[int], None]:
    """Carry out a queued job as the worker does, without its durability."""

    def run(job_id: int) -> None:
        claimed = job_steps.claim(workspace, job_id, "test")
        assert claimed is not None
        whole = {
            JobKind.TRAINING: training_steps.train_version,
            JobKind.COMPRESSION: compression_jobs.compress_version,
            JobKind.COMPARISON: comparison_jobs.compare_version,
        }
        if step := whole.get(job_steps.find_job(workspace, job_id).kind):
            step(workspace, *claimed)
            job_steps.finish(workspace, *claimed)
            return
        for item_id in job_steps.files_to_read(workspace, job_id):
            job_steps.read_file_of_job(workspace, job_id, claimed[1], item_id)
        if job_steps.begin_tagging(workspace, job_id):
            while job_steps.tag_some(workspace, job_id, claimed[1]):
                pass
        job_steps.finish(workspace, job_id, claimed[1])

    return run


@pytest.fixture
def import_files(workspace: Workspace, run_job: Callable[[int], None]) -> Callable[..., int]:
    """Import files as the command line does and return the job's id."""

    def run(*paths: Path, options: ReadOptions | None = None) -> int:
        staged = imports.collect_files(list(paths), max_mb=100)
        job_id = imports.request_import(workspace, staged.files, options=options or ReadOptions())
        run_job(job_id)
        return job_id

    return run
