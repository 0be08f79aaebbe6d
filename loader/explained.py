"""What there is to tell of a key: one entity per scope that has it, with its fields, its request and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SHOWN_RESULTS = 10
"""Results of earlier runs that are told, the newest first."""

Members = dict[str, Any]
"""A row of the database, or an object of JSON, by its names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedField:
    """A field of N2F on its way from Agresso; each side has one value per row that it has of the key.

    Attributes:
        field: as N2F spells it.
        rule: what is made of `agresso_column`, in words; None for a field that has none.
        notes: what a value alone does not say: a company's code, why a manager is not kept.
        not_compared: why a difference does not count (`not_carried`, `left_out`), or None.
    """

    field: str
    agresso_column: str | None
    rule: str | None
    agresso: tuple[Any, ...]
    desired: tuple[Any, ...]
    n2f: tuple[Any, ...]
    notes: tuple[str, ...]
    n2f_notes: tuple[str, ...]
    is_changed: bool
    not_compared: str | None

    def to_json(self) -> Members:
        """Return it as a dict that `json.dumps` takes."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The call of a change, whether it is sent or not; `path` is encoded, as it goes out."""

    sequence: int
    http_method: str
    path: str
    payload: Members | None
    previous: Members | None

    def to_json(self) -> Members:
        """Return it as a dict that `json.dumps` takes."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedEntity:
    """One user or axis value; `standing` is its row of `explained_entities`.

    Attributes:
        agresso_rows: Agresso's rows as they are, by the columns of its view.
        rejections: every reason why its rows are held back.
        waits_for: what has to be sent before it, and what comes of that.
        awaited_by: what is sent only after it.
        results: what became of it in earlier runs, newest first.
        remembered: what the runs in a row know of it: failing, rejected, flapping.
    """

    standing: Members
    agresso_rows: tuple[Members, ...]
    fields: tuple[ExplainedField, ...]
    rejections: tuple[Members, ...]
    request: Request | None
    waits_for: tuple[Members, ...]
    awaited_by: tuple[Members, ...]
    results: tuple[Members, ...]
    remembered: dict[str, tuple[Members, ...]]

    def to_json(self) -> Members:
        """Return it as dicts and lists that `json.dumps` takes; instants are UTC."""
        return self.standing | {
            "agresso_rows": list(self.agresso_rows),
            "fields": [field.to_json() for field in self.fields],
            "rejections": list(self.rejections),
            "request": self.request.to_json() if self.request is not None else None,
            "waits_for": list(self.waits_for),
            "awaited_by": list(self.awaited_by),
            "results": list(self.results),
            "remembered": {kind: list(rows) for kind, rows in self.remembered.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What the last build knows of a key.

    Attributes:
        build: when it was made and from which snapshot; None before the first.
        outdated: why no plan may be made of it any more, as `plan_blockers` says now.
        entities: one per scope that has the key; none when it is not known.
        near: known keys that may be meant, where it is not.
    """

    key: str
    build: Members | None = None
    outdated: tuple[Members, ...] = ()
    entities: tuple[ExplainedEntity, ...] = ()
    near: tuple[str, ...] = ()

    def to_json(self) -> Members:
        """Return it as dicts and lists that `json.dumps` takes; instants are UTC."""
        return {
            "key": self.key,
            "build": self.build,
            "outdated": list(self.outdated),
            "entities": [entity.to_json() for entity in self.entities],
            "near": list(self.near),
        }
