"""The order in which changes are sent, and what depends on what."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from .model import SEND, Change, Expectation, Key


def in_order(changes: list[Change], order: Sequence[Key] | None) -> list[Change]:
    """Put changes into a plan's own order, or into one that keeps the rules: phase, rank, then the key."""
    if order is None:
        return sorted(
            changes, key=lambda change: (change.phase, change.rank, change.scope, change.entity_key)
        )
    by_key = {change.key: change for change in changes}
    if len(order) != len(by_key) or set(order) != set(by_key):
        raise ValueError("the order names other changes than the world's")
    return [by_key[key] for key in order]


def ancestors(managers: dict[str, str], key: str) -> set[str]:
    """Give everybody above a user (the user too, on a cycle); who is not in `managers` ends the walk."""
    above: set[str] = set()
    manager = managers.get(key, "")
    while manager in managers and manager not in above:
        above.add(manager)
        manager = managers[manager]
    return above


def order_faults(expected: Expectation, order: Sequence[Key]) -> list[str]:
    """Say what is wrong with the order in which a plan has the changes; what the rules leave open is free.

    "axis values created and updated; users created, top of the hierarchy first; users updated, top of the
    desired hierarchy first; users deleted, bottom of the current one first; axis values deleted". Users to
    be deleted who manage each other in a circle may come in any order.
    """
    changes = in_order(list(expected.changes), order)
    faults = [
        f"{later.key} ({later.action}) comes after {earlier.key} ({earlier.action})"
        for earlier, later in itertools.pairwise(changes)
        if earlier.phase > later.phase
    ]
    place = {change.key: position for position, change in enumerate(changes)}
    for one, other in itertools.permutations(changes, 2):
        if one.scope != "users" or one.phase != other.phase or place[one.key] < place[other.key]:
            continue
        managers = expected.n2f_managers if one.action == "delete" else expected.managers
        below, above = (one, other) if one.action == "delete" else (other, one)
        is_above = above.entity_key in ancestors(managers, below.entity_key)
        is_circle = below.entity_key in ancestors(managers, above.entity_key)
        if is_above and not is_circle:
            faults.append(f"{one.key} ({one.action}) comes after {other.key}")
    return faults


def dependencies(
    ordered: Sequence[Change], n2f_mails: set[str], current: dict[str, str]
) -> set[tuple[Key, Key]]:
    """Pair each change of a user with what must have succeeded before.

    "What depends on a row that failed or was not sent is skipped": a user on a manager whom N2F does not
    have yet; a delete on each change in the plan that takes somebody from under the user who is to go.
    `current` is user -> manager as N2F holds it. A pair counts only where the second stands earlier, or is
    not in the plan.
    """
    place = {change.key: position for position, change in enumerate(ordered)}
    pairs: set[tuple[Key, Key]] = set()
    for change in ordered:
        if change.scope != "users":
            continue
        if change.payload is not None:
            manager = change.payload["managerMail"]
            if manager and manager not in n2f_mails:
                pairs.add((change.key, ("users", manager)))
            continue
        for other in ordered:
            leaves = other.action == "delete" or (other.payload or {}).get("managerMail") != change.entity_key
            if other.scope == "users" and current.get(other.entity_key) == change.entity_key and leaves:
                pairs.add((change.key, other.key))
    return {(first, second) for first, second in pairs if place.get(second, -1) < place[first]}


def selection(
    ordered: Sequence[Change],
    depends_on: frozenset[tuple[Key, Key]],
    priorities: Mapping[tuple[str, str], int],
) -> list[Key]:
    """Put the changes that are to be sent into the order in which they are chosen when not all of them fit.

    Leavers first, then new people, then the rest, as the priorities say, "together with what the selected
    depend on": whoever's turn it is takes along what it waits for and nobody has chosen yet. What waits for
    something that is not sent makes no call, and is not chosen.
    """
    place = {change.key: position for position, change in enumerate(ordered)}
    sendable: set[Key] = set()
    for change in ordered:
        needs = {second for first, second in depends_on if first == change.key}
        if change.decision == SEND and needs <= sendable:
            sendable.add(change.key)
    chosen: list[Key] = []

    def choose(key: Key) -> None:
        if key in chosen:
            return
        needs = {second for first, second in depends_on if first == key}
        waiting, found = list(needs), set(needs)
        while waiting:
            before = {second for first, second in depends_on if first == waiting[-1]}
            waiting.pop()
            waiting += before - found
            found |= before
        chosen.extend(sorted(found - set(chosen), key=place.__getitem__))
        chosen.append(key)

    def urgency(change: Change) -> tuple[int, int]:
        resource = "users" if change.scope == "users" else "axis_values"
        return priorities[resource, change.action], place[change.key]

    for change in sorted(ordered, key=urgency):
        if change.key in sendable:
            choose(change.key)
    return chosen
