"""What must never be sent, judged by tests/reference on the world as the plan's snapshot and build saw it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from tests.models.comparison import encoded
from tests.reference.decisions import user_is_in_scoping, value_is_in_scoping
from tests.reference.lookups import Companies, Company, held_keys
from tests.reference.model import Change
from tests.reference.oracle import expect, is_selected
from tests.reference.ordering import order_faults, selection
from tests.reference.users import Users, is_protected_role
from tests.reference.values import mail_key, text
from tests.reference.world import World
from tests.soak.record import Command, Plan, Row


def nothing_that_is_held_back(command: Command) -> Iterator[str]:
    """No write of what is held, rejected, out of scope, or of an action that is off."""
    plan = command.plan
    sent = {row.sequence: row for _, row in command.writes if row is not None}
    if plan is None or not sent:
        return
    world = plan.world
    rejected = {(scope, key) for scope, key, _ in expect(world).rejected}
    for row in sent.values():
        if row.entity_key in held_keys(world, row.scope):
            yield f"{row.action} of {row.key}, which is held"
        if row.key in rejected:
            yield f"{row.action} of {row.key}, which is rejected"
        if row.action not in world.settings.actions:
            yield f"{row.action} of {row.key}, and {row.action} is off"
        if not is_selected(world, row.scope) or not _is_in_scoping(world, row):
            yield f"{row.action} of {row.key}, which is out of scope"


def no_delete_that_must_not_be(command: Command) -> Iterator[str]:
    """No delete of anybody protected, nor of anything that Agresso still has."""
    if command.plan is None:
        return
    deletes = {row.key: row for _, row in command.writes if row is not None and row.action == "delete"}
    for row in deletes.values():
        finder = _why_no_user if row.scope == "users" else _why_no_value
        for why in finder(command.plan.world, row):
            yield f"delete of {row.key}, which {why}"


def within_the_guards(command: Command) -> Iterator[str]:
    """No plan sends more of a class than its limit allows, counted against all that N2F holds of it."""
    plan = command.plan
    if plan is None:
        return
    world = plan.world
    held = len(world.n2f["users"]), sum(len(v) for a in world.n2f["axis_values"].values() for v in a.values())
    for scope, action in {(row.scope, row.action) for row in plan.rows}:
        limit = world.seeds.guard_limits[action]
        count = sum((row.scope, row.action, row.decision) == (scope, action, "send") for row in plan.rows)
        is_guarded = action not in world.settings.allow_mass and (scope == "users" or action != "create")
        total = held[scope != "users"]
        if is_guarded and count > limit.rows and count * 100 > limit.percent * total:
            yield f"{count} of {total} {scope} to {action}, limit {limit.percent} % and {limit.rows}"


def as_the_contract_says(command: Command) -> Iterator[str]:
    """The plan is what the plain-Python reading of the contract makes of the same world.

    Left out are plans that tell of a delete without effect: that depends on the nights before, which the reading
    does not know. The other invariants hold for them too.
    """
    plan = command.plan
    if plan is None or command.name == "push" or any(row.decision == "fail" for row in plan.rows):
        return
    order = [row.key for row in sorted(plan.rows, key=lambda row: row.sequence)]
    try:
        expected = expect(plan.world, order=order)
    except ValueError:
        expected = expect(plan.world)
    planned, wanted = _planned(plan), {change.key: _wanted(change) for change in expected.changes}
    for key in sorted(planned.keys() | wanted.keys()):
        if planned.get(key) != wanted.get(key):
            yield f"{key}: planned {planned.get(key)}, expected {wanted.get(key)}"
    if planned == wanted:
        yield from order_faults(expected, order)
        if plan.depends_on != expected.depends_on:
            yield f"other dependencies than expected: {sorted(plan.depends_on ^ expected.depends_on)}"
        chosen = selection(expected.changes, expected.depends_on, plan.world.seeds.push_priorities)
        ranks = dict(zip(chosen, itertools.count(1), strict=False))
        for row in plan.rows:
            if row.selection_rank != ranks.get(row.key):
                yield f"{row.key} has the rank {row.selection_rank}, not {ranks.get(row.key)}"


def _planned(plan: Plan) -> dict[tuple[str, str], tuple[object, ...]]:
    return {row.key: (row.action, row.decision, row.method, row.path, row.payload) for row in plan.rows}


def _wanted(change: Change) -> tuple[object, ...]:
    return (change.action, change.decision, change.method, encoded(change.path), change.payload)


def _is_in_scoping(world: World, row: Row) -> bool:
    if row.scope != "users":
        return value_is_in_scoping(world, row.entity_key.partition("/")[0])
    users = Users(world)
    codes = []
    if row.entity_key in users.by_key:
        codes.append(users.by_key[row.entity_key].company_code)
    if row.payload is not None:
        codes.append(Companies(world).code_of(row.payload["company"]))
    return user_is_in_scoping(world, row.entity_key, codes)


def _why_no_user(world: World, row: Row) -> Iterator[str]:
    users = Users(world)
    user = users.by_key.get(row.entity_key)
    if user is None:
        yield "N2F does not hold"
        return
    if is_protected_role(world, user.fields["role"]):
        yield "has a protected role"
    if row.entity_key in {mail_key(mail) for mail in world.seeds.protected_mails}:
        yield "has a protected mail"
    if row.entity_key in {mail_key(each.get("AdresseEmail")) for each in world.agresso_users}:
        yield "Agresso still has"


def _why_no_value(world: World, row: Row) -> Iterator[str]:
    scope = next(each for each in world.seeds.axis_scopes if each.scope == row.scope)
    company_code, _, code = row.entity_key.partition("/")
    companies = Companies(world)
    named = set()
    for each in world.agresso_analytics:
        found = companies.find(text(each.get("client")))
        if text(each.get("typ")).lower() != scope.typ.lower() or not isinstance(found, Company):
            continue
        named.add(found.code)
        is_open = text(each.get("status")).lower() in {"", "n"}
        if is_open and (found.code, text(each.get("code"))) == (company_code, code):
            yield "Agresso still has"
    if company_code not in named:
        yield "is of a company that no row of its typ names"
