"""The models page: one model, several, promotion, the way back, import, and what cannot be done."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.db import models, text_scores
from core.db.engine import Connection
from core.services import gate, measuring, promoting
from core.services.tagging import tag_waiting
from tests.conftest import write_tiny_model
from tests.pages.conftest import MODEL, Open, all_of, ids, words, workspace


@pytest.fixture
def home(models_home: Path) -> Path:
    return models_home


def tables(app: AppTest) -> list:
    return [element.value for element in app.dataframe]


def promote(app: AppTest, reason: str = "", overrule: str = "tested") -> AppTest:
    next(box for box in app.text_input if box.label == "Reason").set_value(reason)
    for box in app.text_input:
        if box.label == "Why it is promoted all the same":
            box.set_value(overrule)
    return next(button for button in app.button if button.label == "Make it the champion").click().run()


def test_a_single_model_says_how_to_get_another(open_page: Open, filled_home: Path) -> None:
    app = open_page("models", filled_home)
    assert not app.exception
    assert "Only one model so far" in words(app)
    assert "section=train" in [element.proto.query_string for element in all_of(app, "page_link")]
    assert [button.label for button in app.button if "champion" in button.label or "Roll" in button.label] == []
    assert "files of this version are gone" in words(app)


def test_versions_stand_in_a_table_and_the_candidate_is_compared_first(open_page: Open, home: Path) -> None:
    champion, candidate = ids(home)
    app = open_page("models", home)
    assert not app.exception
    versions, levels, labels = tables(app)
    assert set(versions["Role"]) == {"champion", "candidate", ""}
    row = versions.set_index("Role").loc["candidate"]
    assert (row["Version"], row["Texts"], row["Method"]) == (f"Model {candidate[:7]}", 2000, "LoRA")
    assert app.selectbox[0].value == candidate
    assert (levels["Difference"].iloc[:4] > 0).all()
    assert (labels["This version"] - labels["Champion"]).round(6).equals(labels["Difference"].round(6))
    assert "own held-out texts" in words(app)
    assert "trained on 2,000 texts" in words(app)
    assert champion[:7] in " ".join(versions["Version"])


def test_the_choice_of_version_view_and_language_is_in_the_address(open_page: Open, home: Path) -> None:
    champion, candidate = ids(home)
    app = open_page("models", home)
    app.selectbox[0].set_value(champion).run()
    assert app.query_params["model"] == champion
    assert list(tables(app)[1].columns) == ["Measure", "This version", "Texts"]
    app = open_page("models", home, model=candidate, view="card")
    assert "# Card" in words(app)
    app = open_page("models", home, model=candidate, measured="zh")
    assert not app.exception
    assert len(tables(app)) == 3
    app = open_page("models", home, model="no-such")
    assert app.selectbox[0].value == candidate


def test_a_promotion_is_recorded_tags_history_and_is_rolled_back_in_one_click(open_page: Open, home: Path) -> None:
    champion, candidate = ids(home)
    app = promote(open_page("models", home), "better on *topics* <b>")
    assert not app.exception
    assert not app.error
    assert workspace(home).champion().id == candidate
    assert "tagging earlier documents" in words(app)
    assert any(element.proto.query_string.startswith("id=") for element in all_of(app, "page_link"))
    app.query_params["view"] = "history"
    app.run()
    assert "better on *topics* &lt;b&gt;" in words(app)
    assert "against the comparison: tested" in words(app)
    assert app.button(key="rollback").label == f"Roll back to Model {champion[:7]}"
    app.button(key="rollback").click().run()
    assert not app.exception
    assert workspace(home).champion().id == champion
    assert "<s>" in words(app)
    assert not [button for button in app.button if button.key == "rollback"]


def test_a_candidate_is_compared_and_the_page_says_what_speaks_against_it(open_page: Open, home: Path) -> None:
    champion, candidate = ids(home)
    app = open_page("models", home, view="comparison")
    assert not app.exception
    assert "labelled texts that neither learnt from" in words(app)
    measured = gate.trial(workspace(home), candidate)
    with workspace(home).database.writing() as connection:
        for version in (measured.champion, measured.candidate):
            measuring_rows(connection, version, measured)
    app = open_page("models", home, view="comparison")
    assert not app.exception
    shown = words(app)
    assert "**Should not take over.**" in shown
    assert "F1 of aspects" in shown
    assert "not on record what model" in shown
    _, broad, labels, differing = tables(app)
    assert {"All labels", "Aspects", "Aspects, English", "Aspects, Chinese"} <= set(broad["Macro F1"])
    assert "clearly worse" in set(labels["Worth"])
    assert set(differing["Label holds"]) <= {"yes", "no"}
    app = promote(app, overrule="")
    assert any("speaks against model" in error.value.replace("\\", "") for error in app.error)
    assert workspace(home).champion().id == champion
    tag_waiting(workspace(home), job_id=None)
    app = open_page("models", home, view="comparison")
    next(button for button in app.button if "of your documents" in button.label).click().run()
    assert not app.exception
    documents = tables(app)[-1]
    assert documents["Open"].str.startswith("documents?id=").all()
    app = open_page("models", home, view="comparison", lang="zh_CN")
    assert "不宜接替" in words(app)


def measuring_rows(connection: Connection, version: models.ModelVersion, tried: gate.Trial) -> None:
    """Store what a version says of a trial's texts: the champion is right, the other by chance."""
    rng = np.random.default_rng(0)
    scores = {}
    for example in tried.examples:
        right = np.array([label in example.labels for label in version.label_ids], dtype=np.float32)
        noise = rng.random(len(right)).astype(np.float32)
        scores[measuring.key_of((example.title, example.text))] = (
            right if version.id == tried.champion.id else 0.45 * right + 0.5 * noise
        )
    text_scores.save_scores(connection, version.id, scores)


def test_what_someone_else_has_promoted_meanwhile_is_said(open_page: Open, home: Path) -> None:
    app = open_page("models", home)
    promoting.promote(workspace(home), "candidate", "", author="Bo", overrule="tested")
    app = promote(app)
    assert not app.exception
    assert [promotion.author for promotion in promoting.list_promotions(workspace(home))] == ["Bo"]


def test_a_card_from_elsewhere_loads_no_picture_and_runs_nothing(open_page: Open, home: Path) -> None:
    card = "# Card\n![x](http://example.org/x.png) [link](http://example.org) <script>alert(1)</script> :red[x]"
    (home / "models" / "seed-2" / "MODEL_CARD.md").write_text(card)
    app = open_page("models", home, view="card")
    (shown,) = [element for element in app.markdown if "# Card" in element.value]
    assert r"!\[x](" in shown.value
    assert not shown.proto.allow_html


def test_a_zip_is_imported_and_shown_and_a_bad_one_is_a_sentence(
    open_page: Open, home: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    version = write_tiny_model(tmp_path / "new", tiny_encoder, seed=9)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in (tmp_path / "new").iterdir():
            archive.write(path, path.name)
    app = open_page("models", home)
    app = upload(app, target.getvalue())
    assert not app.exception
    assert app.query_params["model"] == version
    assert app.selectbox[0].value == version
    app = upload(app, b"PK no zip")
    assert "not a whole zip" in app.error[0].value.replace("\\", "")
    assert len(tables(app)) == 3  # the page around it is as it was


def test_odd_figures_of_an_imported_model_do_no_harm(open_page: Open, home: Path) -> None:
    odd = {
        "all": {"n": 0.5, "levels": {"topic": {"macro_f1": 10**400}}, "labels": {"market": {"f1": "x", "support": -1}}}
    }
    opened = workspace(home)
    with opened.database.writing() as connection:
        version = replace(opened.champion(), id="0dd0dd0dd0dd", metrics=odd | {"![x](y)": 1})
        models.add_model_version(connection, version)
        models.bump_revision(connection)
    app = open_page("models", home, model="0dd0dd0dd0dd")
    assert not app.exception
    assert not app.error
    assert len(tables(app)) == 3


def upload(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader[0].upload("model.zip", content, "application/zip")
    return next(button for button in app.button if button.label == "Import").click().run()


def test_models_speak_chinese(open_page: Open, home: Path) -> None:
    app = open_page("models", home, lang="zh_CN")
    assert not app.exception
    assert {"在用", "候选"} <= set(tables(app)[0]["角色"])
    assert "各自留出的文本" in words(app)
    assert MODEL[:7] in " ".join(tables(app)[0]["版本"])
