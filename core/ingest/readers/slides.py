"""PPTX files: the words of every slide with its tables and notes, as one document."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.domain.documents import Problem, RawDocument, ReadOptions
from core.errors import InputError
from core.ingest.dates import find_date
from core.ingest.readers.names import date_of_file, title_in_name
from core.ingest.readers.office import made_in, refusing_damage, sane_title
from core.ingest.readers.sizes import check_office_zip

_OPENING_CHARACTERS = 800


def read(path: Path, *, name: str, options: ReadOptions) -> Iterator[RawDocument | Problem]:
    """Yield the file as one document."""
    del options
    import pptx
    from pptx.exc import PythonPptxError

    check_office_zip(path, name=name)
    with refusing_damage(name, PythonPptxError):
        presentation = pptx.Presentation(str(path))
        text = "\n\n".join(filter(None, map(_slide_text, presentation.slides)))
        shapes = (slide.shapes.title for slide in presentation.slides)
        titles = [shape.text_frame.text for shape in shapes if shape is not None]
        title = sane_title(presentation.core_properties.title)
        made = made_in(presentation.core_properties)
    if not text:
        raise InputError(
            "{name} has no text; if it shows pictures of text, run text recognition (OCR) on it.", name=name
        )
    yield RawDocument(
        text=text,
        locator="",
        title=title or next(filter(str.strip, titles), title_in_name(name)),
        date=date_of_file(name, printed=find_date(text[:_OPENING_CHARACTERS]), made=made),
    )


def _slide_text(slide: Any) -> str:
    """Return the words of a slide, its notes last."""
    pieces = list(_shape_texts(slide.shapes))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        pieces.append(slide.notes_slide.notes_text_frame.text.strip())
    return "\n\n".join(filter(None, pieces))


def _shape_texts(shapes: Any) -> Iterator[str]:
    """Yield the words of shapes, those inside groups too."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shape_texts(shape.shapes)
        elif getattr(shape, "has_table", False):
            rows = (" | ".join(filter(None, (cell.text.strip() for cell in row.cells))) for row in shape.table.rows)
            yield "\n".join(filter(None, rows))
        elif shape.has_text_frame:
            yield "\n".join(filter(None, (paragraph.text.strip() for paragraph in shape.text_frame.paragraphs)))
