"""Stories with known labels, as if the model had decided so."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.db import documents, taggings
from core.services.workspace import Workspace
from tests.builders import NOW, prepared


@pytest.fixture
def add_stories(workspace: Workspace) -> Callable[..., list[int]]:
    """Store texts with the labels that hold for them, parents implied; None leaves them untagged."""

    def add(texts: list[str], *, labels: tuple[str, ...] | None = (), **facts: Any) -> list[int]:
        version = workspace.champion()
        held = tuple(workspace.taxonomy.with_parents(labels or ()))
        chances = np.array([0.9 if label in held else 0.05 for label in version.label_ids], dtype=np.float32)
        ids = []
        with workspace.database.writing() as connection:
            for text in texts:
                document = prepared(text, **facts)
                source = documents.source_ids(connection, [document.source])[document.source]
                ids.append(documents.add_document(connection, document, source_id=source, job_item_id=None, now=NOW))
            if labels is not None:
                passages = np.tile(chances, (len(document.passages), 1))
                found = [taggings.Tagging(id_, chances, passages, held, NOW) for id_ in ids]
                taggings.save_taggings(
                    connection,
                    found,
                    model_version_id=version.id,
                    label_ids=version.label_ids,
                    taxonomy=workspace.taxonomy,
                )
        return ids

    return add
