"""The commands of labels that users add: `trendvane tree …`."""

from typing import Annotated, Any

import typer

from core.cli_output import Json, opened, print_json, say
from core.domain.own_labels import LabelTexts
from core.services import own_labels
from core.services.annotations import default_author

app = typer.Typer(help="Labels of your own: add, list, remove, restore.", no_args_is_help=True)
LabelId = Annotated[
    str, typer.Argument(metavar="ID", help="ASPECT.word or sector.word, as in technology.training.merging.")
]


@app.command()
def add(
    label_id: LabelId,
    name_en: Annotated[str, typer.Option(help="English name.")],
    name_zh: Annotated[str, typer.Option(help="Chinese name.")],
    definition_en: Annotated[str, typer.Option(help="What a text must be about, in English.")],
    definition_zh: Annotated[str, typer.Option(help="The same in Chinese.")],
    as_json: Json = False,
) -> None:
    """Add a topic or sector; documents get it by its description until there are examples to train on."""
    texts = LabelTexts(name_en=name_en, name_zh=name_zh, definition_en=definition_en, definition_zh=definition_zh)
    _tell(own_labels.add_label(opened(), label_id, texts, author=default_author() or "-"), as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the labels that users added and how documents get them: trained or zero-shot."""
    found = [_row(state) for state in own_labels.list_own_labels(opened())]
    if as_json:
        print_json({"labels": found})
        return
    for row in found:
        typer.echo(f"{row['id']}  {row['name_en']} {row['name_zh']}  {row['method']}  {row['examples']} examples")


def _row(state: own_labels.OwnLabelState) -> dict[str, Any]:
    own = state.label
    return {
        "id": own.id,
        "name_en": own.name_en,
        "name_zh": own.name_zh,
        "definition_en": own.definition_en,
        "definition_zh": own.definition_zh,
        "author": own.author,
        "created_at": own.created_at.isoformat(),
        "method": "trained" if state.trained else "zero-shot",
        "examples": state.n_examples,
        "examples_needed": state.n_needed,
    }


@app.command()
def remove(label_id: LabelId, as_json: Json = False) -> None:
    """Take a label out of the tree and off all documents; `tree restore` brings it back."""
    own_labels.remove_label(opened(), label_id)
    if as_json:
        print_json({"id": label_id, "removed": True})
    else:
        typer.echo(f"{label_id} is removed.")


@app.command()
def restore(label_id: LabelId, as_json: Json = False) -> None:
    """Bring back a label that was removed, with all that was known of it."""
    _tell(own_labels.restore_label(opened(), label_id), as_json)


def _tell(added: own_labels.AddedLabel, as_json: bool) -> None:
    if as_json:
        print_json({"id": added.label.id, "job": added.job_id})
        return
    typer.echo(f"{added.label.id} is in the tree.")
    if added.job_id is not None:
        say(f"Job {added.job_id} looks for it in the documents; a worker carries it out.")
