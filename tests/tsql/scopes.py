"""What a query can name, and which parts of T-SQL compare, test or make text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from tests.tsql.labels import BINARY, Label, Rank, implicit

Columns = dict[str, Label | None]
"""The columns of a relation in their order; None is no text."""
Sources = dict[str, Columns]
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.Between, exp.Nullif, exp.Replace,
               exp.StrPosition, exp.Max, exp.Min)  # fmt: skip
CONDITIONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Like, exp.Between, exp.In, exp.Is, exp.Exists,
              exp.And, exp.Or, exp.Not)  # fmt: skip
NO_TEXT = (exp.Count, exp.Length, exp.StrPosition, exp.RowNumber)
NO_TEXT_BY_NAME = {"isjson", "object_id", "unicode"}
ALWAYS_TEXT = (exp.Concat, exp.NumberToStr)


def is_text(kind: exp.DataType) -> bool:
    """Say whether a type is text."""
    return kind.is_type(*exp.DataType.TEXT_TYPES)


@dataclass(slots=True)
class Scope:
    """The relations that a query can name: in its `from`, around it, and by `with`."""

    ctes: Sources
    sources: Sources = field(default_factory=dict)
    outer: Scope | None = None
    aliases: Columns = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """What exists, and what was found wrong."""

    tables: Mapping[tuple[str, str], Columns]
    """Columns by schema and name."""
    findings: list[str] = field(default_factory=list)

    def say(self, what: str, node: exp.Expression) -> None:
        """Note something that is wrong, with the piece of SQL it is about."""
        self.findings.append(f"{what}: {node.sql('tsql')[:160]}")

    def check(
        self, label: Label | None, what: str, node: exp.Expression, *, is_compared: bool = True
    ) -> None:
        """Say where collations meet that cannot, and where another one than the project's decides."""
        if label is not None and label.rank is Rank.NONE:
            self.say(f"{what}: two collations, {label.collation}", node)
        elif label is not None and is_compared and not label.is_exact():
            self.say(f"{what}: by {label.collation} collation, not {BINARY}", node)


def of_types(columns: Iterable[tuple[str, str]], collation: str) -> Columns:
    """Return the labels of a table's columns, name and type, whose texts are all of one collation."""
    return {name: implicit(collation) if "char" in kind else None for name, kind in columns}
