"""A plain N2F, just enough to say which writes it accepts and what it holds afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .lookups import once
from .model import SEND, USER_FIELDS, VALUE_FIELDS, WITHHELD, Change, Key, Write
from .values import mail_key
from .world import Document, World


class State:
    """What N2F holds while it is being written to.

    `users` is keyed by the mail as spelled, `values` by (company uuid, axis, code as spelled).
    """

    def __init__(self, world: World) -> None:
        self.users: dict[str, Document] = {
            str(user.get("mail") or ""): user for user in once(world.n2f.get("users", []), "uuid", "mail")
        }
        self.values: dict[tuple[str, str, str], Document] = {
            (company, axis, str(value.get("code") or "")): value
            for company, axes in world.n2f.get("axis_values", {}).items()
            for axis, documents in axes.items()
            for value in once(documents, "code")
        }

    def has_user(self, key: str) -> bool:
        """Say whether anybody has that mail, in any case."""
        return any(mail_key(mail) == key for mail in self.users)

    def managers(self, key: str) -> set[str]:
        """Give the manager of a user (of each, should two share the key)."""
        return {mail_key(u.get("managerMail")) for mail, u in self.users.items() if mail_key(mail) == key} - {
            ""
        }

    def post_user(self, payload: dict[str, Any]) -> bool:
        """Create or update a user; refused for an unknown manager, and where a cycle would arise."""
        own, manager = mail_key(payload["mail"]), mail_key(payload["managerMail"])
        if manager and not self.has_user(manager):
            return False
        seen: set[str] = set()
        above = {manager} - {""}
        while above:
            if own in above:
                return False
            seen |= above
            above = {higher for key in above for higher in self.managers(key)} - seen
        self.users[payload["mail"]] = self.users.get(payload["mail"], {}) | payload
        return True

    def delete_user(self, mail: str) -> bool:
        """Delete a user; refused while somebody else names them as manager."""
        key = mail_key(mail)
        if any(
            mail_key(u.get("managerMail")) == key for other, u in self.users.items() if mail_key(other) != key
        ):
            return False
        del self.users[mail]
        return True

    def apply(self, change: Change) -> bool:
        """Apply one write; False where N2F refuses it."""
        if change.scope == "users":
            return (
                self.delete_user(change.path[1]) if change.payload is None else self.post_user(change.payload)
            )
        company, axis = change.path[1], change.path[3]
        if change.payload is None:
            del self.values[company, axis, change.path[4]]
        else:
            key = (company, axis, change.payload["code"])
            self.values[key] = self.values.get(key, {}) | change.payload
        return True


def send(
    ordered: Sequence[Change], depends_on: set[tuple[Key, Key]], state: State
) -> tuple[dict[Key, str], list[Write]]:
    """Send what is to be sent, one at a time; skip what depends on anything that did not succeed."""
    results: dict[Key, str] = {}
    writes = []
    for change in ordered:
        if change.decision == WITHHELD:
            results[change.key] = "withheld"
        if change.decision != SEND:
            continue
        if any(results.get(second) != "succeeded" for first, second in depends_on if first == change.key):
            results[change.key] = "skipped"
            continue
        status = "succeeded" if state.apply(change) else "failed"
        results[change.key] = status
        write = Write(
            method=change.method,
            scope=change.scope,
            entity_key=change.entity_key,
            path=change.path,
            payload=change.payload,
            status=status,
        )
        writes.append(write)
    return results, writes


def _hidden(documents: list[Document], fields: Sequence[str]) -> set[str]:
    """Fields that a list which is not empty never carries: N2F takes them and does not answer them."""
    return {name for name in fields if documents and not any(name in document for document in documents)}


def _shown(document: Document, hidden: set[str]) -> Document:
    return {name: value for name, value in document.items() if name not in hidden}


def answered_after(world: World, state: State) -> dict[str, Any]:
    """Give N2F's documents as the next snapshot reads them."""
    hidden = _hidden(world.n2f.get("users", []), USER_FIELDS)
    users = [{"uuid": f"new-{mail}"} | _shown(user, hidden) for mail, user in state.users.items()]
    before = world.n2f.get("axis_values", {})
    values: dict[str, dict[str, list[Document]]] = {
        company: {axis: [] for axis in axes} for company, axes in before.items()
    }
    for (company, axis, _), document in state.values.items():
        hidden = _hidden(before.get(company, {}).get(axis, []), VALUE_FIELDS)
        values.setdefault(company, {}).setdefault(axis, []).append(_shown(document, hidden))
    return {**world.n2f, "users": users, "axis_values": values}
