"""Which changes go out: actions, holds, scoping and guards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .lookups import held_keys
from .model import OFF, SEND, WITHHELD, Change, Guard
from .values import mail_key, text
from .world import ACTIONS, World


def _companies_listed(world: World, codes: Iterable[str]) -> bool:
    listed = {text(code) for code in world.settings.only_companies}
    return bool(listed) and all(code in listed and code for code in codes)


def user_is_in_scoping(world: World, mail: str, companies: Iterable[str]) -> bool:
    """Say whether a user's change goes out, `companies` being the codes of both sides ('' where unknown).

    "a change goes out only where the companies on both sides, or the mail, are listed"; neither variable set
    means all.
    """
    settings = world.settings
    if not settings.only_companies and not settings.only_mails:
        return True
    return mail in {mail_key(listed) for listed in settings.only_mails} or _companies_listed(world, companies)


def value_is_in_scoping(world: World, company: str) -> bool:
    """Say whether an axis value's change goes out; "with mails alone no axis value is sent"."""
    settings = world.settings
    if not settings.only_companies:
        return not settings.only_mails
    return _companies_listed(world, [company])


def is_off(world: World, action: str) -> bool:
    """Actions: what is off is "in the plan and shown", but not sent."""
    return action not in world.settings.actions


def is_source_empty(*, source_rows: int, n2f_count: int) -> bool:
    """A source (for an axis, its typ) with no rows while N2F holds some: nothing of that scope is sent."""
    return source_rows == 0 and n2f_count > 0


def is_over_limit(world: World, *, scope: str, action: str, change_count: int, n2f_count: int) -> bool:
    """Say whether a guard is broken.

    "deletes over 10 % and over 10 rows; updates over 50 % and over 50 rows; creates of users over
    50 % and over 50 rows", until the run is told --allow-mass-*.
    """
    limit = world.seeds.guard_limits.get(action)
    if limit is None or action in world.settings.allow_mass or (action == "create" and scope != "users"):
        return False
    return change_count * 100 > limit.percent * n2f_count and change_count > limit.rows


def decide(
    world: World, scope: str, action: str, changes: list[Change], *, source_rows: int, n2f_count: int
) -> tuple[list[Change], Guard]:
    """Decide what becomes of all changes of one scope and action, and what its guard says.

    Guards count what would be sent: action on, not held, within scoping. The breaching class is withheld. An
    action that is off comes before a hold, a hold before a guard.
    """
    held = held_keys(world, scope)
    off = is_off(world, action)
    count = 0 if off else sum(change.entity_key not in held for change in changes)
    verdict = "ok"
    if is_source_empty(source_rows=source_rows, n2f_count=n2f_count):
        verdict = "source_empty"
    elif is_over_limit(world, scope=scope, action=action, change_count=count, n2f_count=n2f_count):
        verdict = "over_limit"
    reason_of_guard = {"ok": "", "over_limit": "guard", "source_empty": "source_empty"}[verdict]

    decided = []
    for change in changes:
        if off:
            decision, reason = OFF, ""
        elif change.entity_key in held:
            decision, reason = WITHHELD, "hold"
        else:
            decision, reason = (WITHHELD, reason_of_guard) if reason_of_guard else (SEND, "")
        decided.append(replace(change, decision=decision, decision_reason=reason))
    return decided, Guard(verdict=verdict, change_count=count, n2f_count=n2f_count)


def decide_all(
    world: World, scope: str, changes: list[Change], *, source_rows: int, n2f_count: int
) -> tuple[list[Change], dict[tuple[str, str], Guard]]:
    """Decide each action of a scope by itself: "The breaching class is withheld, the rest goes on"."""
    decided: list[Change] = []
    guards = {}
    for action in ACTIONS:
        of_action = [change for change in changes if change.action == action]
        kept, guards[scope, action] = decide(
            world, scope, action, of_action, source_rows=source_rows, n2f_count=n2f_count
        )
        decided += kept
    return decided, guards
