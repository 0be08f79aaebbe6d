"""Small parts of Markdown that the generated pages share."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence

GENERATED = "Made of the code by `make reference`; a test keeps it so. Do not edit it."


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; a `|` within a cell is escaped, a line break becomes a blank."""
    yield _line(headings)
    yield _line(["---"] * len(headings))
    for row in rows:
        yield _line([" ".join(cell.split()).replace("|", "\\|") for cell in row])


def paragraphs(docstring: str | None) -> list[str]:
    """Return the paragraphs of a docstring, each in one line."""
    text = inspect.cleandoc(docstring or "").replace("\b", "")
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
