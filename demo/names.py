"""Roles and user profiles: things that are known by a name in each culture."""

from collections.abc import Iterable, Iterator, Sequence

from demo.documents import JsonObject, trim


def names_of(document: JsonObject) -> Iterator[tuple[str, str]]:
    """Yield (culture in lower case, name) of a document; entries that are neither are passed over."""
    names = document.get("names")
    for name in names if isinstance(names, list) else []:
        if isinstance(name, dict) and trim(name.get("value")):
            yield trim(name.get("culture")).lower(), trim(name["value"])


class Names:
    """The names of all roles, or of all profiles, in every culture."""

    def __init__(self, documents: Iterable[JsonObject]) -> None:
        self.documents: Sequence[JsonObject] = list(documents)
        self._spellings: set[str] = set()
        self._by_name: dict[str, dict[str, str]] = {}
        for document in self.documents:
            cultures: dict[str, str] = {}
            for culture, name in names_of(document):
                cultures.setdefault(culture, name)
                self._spellings.add(name)
                self._by_name.setdefault(name.lower(), cultures)

    def __contains__(self, name: object) -> bool:
        """Whether some document has exactly this name, in whatever culture."""
        return trim(name) in self._spellings

    def in_culture(self, name: object, culture: str) -> object:
        """The name that the same document has in a culture; what has none there is answered as it is."""
        return self._by_name.get(trim(name).lower(), {}).get(culture.lower(), name)
