"""SQL Server's precedence of collations, as its documentation has it ("Collation Precedence").

Every text expression has a label: a literal can be coerced, a column has the collation of its column, `collate` is
explicit. Two columns of different collations have none together, and what compares, joins, sorts or shows such a text
is an error (Msg 451, 457 or 468), though only where the server has data types to look at: no parser sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

BINARY = "Latin1_General_100_BIN2"
"""The collation of all text of this project."""
JSON_KEY = "Latin1_General_BIN2"
"""The collation of openjson's keys."""
DATABASE = "the database's own"
AGRESSO = "Agresso's own"


class Rank(IntEnum):
    """What wins over what, the highest last."""

    COERCIBLE = 0
    IMPLICIT = 1
    NONE = 2
    EXPLICIT = 3


@dataclass(frozen=True, slots=True)
class Label:
    """How sure a text is of its collation."""

    rank: Rank
    collation: str

    def is_exact(self) -> bool:
        """Say whether texts compare by code point, whatever database they are in; a literal alone is as it is."""
        return self.rank is Rank.COERCIBLE or self.collation.endswith("_BIN2")


LITERAL = Label(Rank.COERCIBLE, DATABASE)


def implicit(collation: str) -> Label:
    """Return the label of a column."""
    return Label(Rank.IMPLICIT, collation)


def explicit(collation: str) -> Label:
    """Return the label of a text with `collate`."""
    return Label(Rank.EXPLICIT, collation)


def as_column(label: Label | None) -> Label | None:
    """Return the label of a column of a table, a view or a CTE that is made of such an expression.

    A column of no collation cannot be made; it goes on as the project's own, so that it is said once.
    """
    if label is None:
        return None
    return implicit(BINARY if label.rank is Rank.NONE else label.collation)


def together(labels: Iterable[Label | None]) -> Label | None:
    """Return the label of texts put together or compared; what is no text (None) does not count."""
    result: Label | None = None
    for label in labels:
        if label is None or label == result:
            continue
        if result is None or label.rank > result.rank:
            result = label
        elif label.rank == result.rank and label.rank is not Rank.COERCIBLE:
            result = Label(Rank.NONE, " and ".join(sorted({label.collation, result.collation})))
    return result
