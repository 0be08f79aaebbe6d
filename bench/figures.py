"""What was measured: figures by column, as a Markdown table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number.

    Attributes:
        key: its name in the JSON file.
        title: its line in the table, the same in every column.
        digits: behind the decimal point, in the table alone.
    """

    key: str
    title: str
    value: float
    digits: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Figures of one kind, those of one world (or night, or quota) a column."""

    title: str
    columns: Mapping[str, Sequence[Figure]]

    def to_markdown(self) -> str:
        """Return a table that can be pasted into a page."""
        lines = [f"| {self.title} | {' | '.join(self.columns)} |", f"| --- |{' ---: |' * len(self.columns)}"]
        titles = {figure.title: None for figures in self.columns.values() for figure in figures}
        for title in titles:
            cells = [
                next((f"{each.value:,.{each.digits}f}" for each in figures if each.title == title), "")
                for figures in self.columns.values()
            ]
            lines.append(f"| {title} | {' | '.join(cells)} |")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return every number in full, by column and key."""
        columns = {
            column: {figure.key: figure.value for figure in figures}
            for column, figures in self.columns.items()
        }
        return {"title": self.title, "columns": columns}
