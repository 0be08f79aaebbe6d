"""Finding companies, roles, profiles, axes and cultures in what N2F answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .values import text
from .world import AxisScope, Document, World

UNKNOWN = "unknown"
AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a name could not be resolved: UNKNOWN or AMBIGUOUS."""

    kind: str


@dataclass(frozen=True, slots=True)
class Company:
    """A company of N2F; the code is trimmed, the uuid is as N2F spells it."""

    uuid: str
    code: str


def once(documents: list[Document], *keys: str) -> list[Document]:
    """Count an item seen twice once, the later one holds ("A list can move while it is being read").

    The first of `keys` that has a value identifies the item, as spelled.
    """
    latest: dict[tuple[str, str], Document] = {}
    for document in documents:
        name = next((key for key in keys if text(document.get(key))), keys[-1])
        identity = (name, str(document.get(name)))
        latest.pop(identity, None)
        latest[identity] = document
    return list(latest.values())


def culture_name(names: Any, culture: str) -> str:
    """Give the first name of a culture, trimmed; '' where there is none. Cultures are in any case."""
    for name in names or []:
        if text(name.get("culture")).lower() == culture:
            return text(name.get("value"))
    return ""


class Companies:
    """The companies of N2F, found by code or by uuid."""

    def __init__(self, world: World) -> None:
        documents = once(world.n2f.get("companies", []), "uuid", "code")
        self.all = [Company(text(doc.get("uuid")), text(doc.get("code"))) for doc in documents]
        self._stand_in = text(world.settings.sandbox_company) if world.settings.sandbox else ""

    def _with_code(self, code: str) -> Company | Fault:
        found = [company for company in self.all if company.code == code and code]
        if not found:
            return Fault(UNKNOWN)
        return found[0] if len(found) == 1 else Fault(AMBIGUOUS)

    def find(self, code: str) -> Company | Fault:
        """Code -> uuid of the N2F company with exactly that code.

        In the sandbox alone, N2F_SANDBOX_COMPANY is the code of the company that stands in for unknown
        ones. A stand-in that is itself not one company leaves them unknown.
        """
        found = self._with_code(code)
        if found == Fault(UNKNOWN) and self._stand_in:
            stand_in = self._with_code(self._stand_in)
            return stand_in if isinstance(stand_in, Company) else found
        return found

    def code_of(self, uuid: str) -> str:
        """Give the code of the company with that uuid, '' where it is unknown."""
        return next((company.code for company in self.all if company.uuid == uuid), "")


class FrenchNames:
    """Roles or profiles: a name in any culture, any case -> its French name."""

    def __init__(self, documents: list[Document], default: str) -> None:
        self._default = default
        self._french: dict[str, set[str]] = {}
        for document in documents:
            french = culture_name(document.get("names"), "fr")
            if not french:
                continue  # cannot be sent, so cannot be matched
            for name in document.get("names") or []:
                self._french.setdefault(text(name.get("value")).lower(), set()).add(french)

    def find(self, name: str) -> str | Fault:
        """Find the French name; an empty name is the default's."""
        found = self._french.get((name or self._default).lower(), set())
        if not found:
            return Fault(UNKNOWN)
        return next(iter(found)) if len(found) == 1 else Fault(AMBIGUOUS)

    def of_n2f(self, value: object) -> str:
        """Read N2F's own value: its French name, or as it is where that cannot be found."""
        name = text(value)
        found = self.find(name)
        return (name or self._default) if isinstance(found, Fault) else found


def find_axis(world: World, company: Company, scope: AxisScope) -> str | Fault:
    """The axis is looked up in each company: the built-in word, or the one of that French name, any case."""
    if scope.built_in is not None:
        return scope.built_in
    wanted = text(scope.french_name).lower()
    axes = once(world.n2f.get("axes", {}).get(company.uuid, []), "uuid")
    found = [axis["uuid"] for axis in axes if culture_name(axis.get("names"), "fr").lower() == wanted]
    if not found:
        return Fault(UNKNOWN)
    return found[0] if len(found) == 1 else Fault(AMBIGUOUS)


def is_carried(documents: list[Document], key: str) -> bool:
    """Say whether any document of a list carries a JSON key; null counts as carried."""
    return any(key in document for document in documents)


def held_keys(world: World, scope: str) -> set[str]:
    """Keys that a DBA holds back now, from n2f_sync.holds."""
    normal = str.lower if scope == "users" else str
    return {
        normal(text(hold.entity_key))
        for hold in world.holds
        if hold.scope == scope and (hold.held_until is None or hold.held_until > world.now)
    }
