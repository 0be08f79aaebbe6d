"""What the contract says about a run: `expect(world)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .axis_values import plan_axis
from .lookups import culture_name
from .model import USER_FIELDS, Expectation, Key, Planned
from .ordering import dependencies, in_order
from .simulation import State, answered_after, send
from .user_fields import Directory, comparable, read_user, read_users
from .users import plan_users
from .values import n2f_day
from .world import Document, World


def is_selected(world: World, scope: str) -> bool:
    """N2F_SYNC_SCOPES names the scopes that are planned; all, where it is unset."""
    return world.settings.scopes is None or scope in world.settings.scopes


def plan(world: World) -> Planned:
    """Put the selected scopes together."""
    parts = [plan_axis(world, axis) for axis in world.seeds.axis_scopes if is_selected(world, axis.scope)]
    if is_selected(world, "users"):
        parts.append(plan_users(world))
    whole = Planned()
    for part in parts:
        whole.rejected |= part.rejected
        whole.changes += part.changes
        whole.guards |= part.guards
        whole.not_compared |= part.not_compared
        whole.managers |= part.managers
        whole.n2f_managers |= part.n2f_managers
    return whole


def exit_code(world: World, planned: Planned, results: dict[Key, str]) -> int:
    """Give the exit code, the first that applies.

    4 a guard withheld something; 3 rows failed or were skipped, or,
    with `--strict`, were rejected; 0 in step. Neither what is off nor what is held changes it.
    """
    if any(guard.verdict != "ok" for guard in planned.guards.values()):
        return 4
    if {"failed", "skipped"} & set(results.values()):
        return 3
    return 3 if world.settings.strict and planned.rejected else 0


def expect(world: World, *, order: Sequence[Key] | None = None) -> Expectation:
    """Say everything that one whole run on a world must do, when N2F is up and accepts what it can.

    Args:
        world: what the run starts from; it is not changed.
        order: (scope, entity_key) of all changes in the order of a plan under test. What N2F refuses may
            depend on an order that the contract leaves open; check it by `ordering.order_faults`.

    Raises:
        ValueError: if `order` names other changes than the world's.
    """
    planned = plan(world)
    ordered = in_order(planned.changes, order)
    directory = Directory(world)
    users = read_users(world, directory)
    current = {user.key: user.fields["managerMail"] for user in users}
    depends_on = dependencies(ordered, {user.key for user in users}, current)
    state = State(world)
    results, writes = send(ordered, depends_on, state)
    return Expectation(
        rejected=frozenset(planned.rejected),
        changes=tuple(ordered),
        guards=planned.guards,
        not_compared=frozenset(planned.not_compared),
        depends_on=frozenset(depends_on),
        managers=planned.managers,
        n2f_managers=planned.n2f_managers,
        results=results,
        writes=tuple(writes),
        users_after={
            mail: {name: user[name] for name in USER_FIELDS if name in user}
            for mail, user in state.users.items()
        },
        values_after=dict(state.values),
        exit_code=exit_code(world, planned, results),
        next_world=replace(world, n2f=answered_after(world, state)),
    )


def canonical_user(world: World, document: Document) -> dict[str, object]:
    """Give the fields of a user of N2F in one spelling, so that two N2Fs can be compared.

    Trimming, casing and the French names of role and profile are undone; the mail stays as spelled.
    """
    user = read_user(Directory(world), document)
    return {name: comparable(name, value) for name, value in user.fields.items()} | {
        "mail": document.get("mail")
    }


def canonical_value(document: Document) -> dict[str, object]:
    """Give a value of N2F in one spelling: only what the project looks after."""
    return {
        "code": document.get("code"),
        "fr": culture_name(document.get("names"), "fr"),
        "nl": culture_name(document.get("names"), "nl"),
        "validityDateFrom": n2f_day(document.get("validityDateFrom")),
        "validityDateTo": n2f_day(document.get("validityDateTo")),
    }
