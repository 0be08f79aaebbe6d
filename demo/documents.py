"""JSON documents in order, found by a key: what every list of the demo's N2F is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

JsonObject = dict[str, Any]


class RefusedError(Exception):
    """A call that N2F does not do: `status` is the HTTP status, the text is the opaque body."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def trim(value: object) -> str:
    """Text without leading and trailing spaces (U+0020 alone, as in the contract); other types are empty."""
    return value.strip(" ") if isinstance(value, str) else ""


def mail_key(value: object) -> str:
    """The key of a user: the mail, trimmed and in lower case."""
    return trim(value).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One stored document and its place in the list."""

    position: int
    document: JsonObject


class Documents:
    """Documents in the order they came, kept as they were given.

    The key need not be unique, and a document without one is listed but never found: what an N2F holds is not
    under our control. Documents are replaced, never changed in place, so that a page may be handed out
    without copying it.
    """

    def __init__(
        self, documents: Iterable[JsonObject] = (), *, field: str, key: Callable[[object], str]
    ) -> None:
        self._field = field
        self._key = key
        self._documents: dict[int, JsonObject] = {}
        self._positions: dict[str, list[int]] = {}
        self._next_position = 0
        self._listed: list[JsonObject] | None = None
        for document in documents:
            self.add(document)

    def __contains__(self, spelling: object) -> bool:
        return self._key(spelling) in self._positions

    def as_list(self) -> list[JsonObject]:
        """All documents in order; the same list until the next write, which makes paging cheap."""
        if self._listed is None:
            self._listed = list(self._documents.values())
        return self._listed

    def find(self, spelling: str) -> Entry | None:
        """The document of a key: of several, the one spelled exactly so, else the first."""
        positions = self._positions.get(self._key(spelling), [])
        entries = [Entry(position=each, document=self._documents[each]) for each in positions]
        exact = (entry for entry in entries if entry.document[self._field] == spelling)
        return next(exact, entries[0] if entries else None)

    def add(self, document: JsonObject) -> None:
        """Put a document at the end of the list."""
        self._listed = None
        self._documents[self._next_position] = document
        key = self._key(document.get(self._field))
        if key:
            self._positions.setdefault(key, []).append(self._next_position)
        self._next_position += 1

    def replace(self, entry: Entry, document: JsonObject) -> None:
        """Put another document with the same key in the place of an entry."""
        self._listed = None
        self._documents[entry.position] = document

    def remove(self, entry: Entry) -> None:
        """Take a found entry away; all that follow it move up by one."""
        self._listed = None
        del self._documents[entry.position]
        key = self._key(entry.document[self._field])
        self._positions[key].remove(entry.position)
        if not self._positions[key]:
            del self._positions[key]
