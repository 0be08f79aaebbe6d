"""Users: rejections, managers and changes (contract, section 3)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .decisions import decide_all, user_is_in_scoping
from .lookups import is_carried
from .model import SEND, USER_FIELDS, Change, Planned, Rejection
from .ordering import ancestors
from .user_fields import Directory, N2FUser, UserRow, comparable, read_row, read_users
from .values import is_mail, mail_key
from .world import World

SCOPE = "users"


def repeated_differently(rows: list[UserRow]) -> set[str]:
    """A mail that stands twice with different values (rows that say the same after the rules count once)."""
    said: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        different = said.setdefault(row.key, [])
        if row.fields not in different:
            different.append(row.fields)
    return {key for key, different in said.items() if len(different) > 1}


def shared_keys(users: list[N2FUser]) -> set[str]:
    """N2F entities that share a key are rejected."""
    return {key for key, count in Counter(user.key for user in users).items() if count > 1 and key}


def is_protected_role(world: World, role: str) -> bool:
    """The roles are a seed; any case."""
    return role.lower() in {protected.lower() for protected in world.seeds.protected_roles}


def takes_protected_role_away(world: World, row: UserRow, user: N2FUser) -> bool:
    """An update that would take that role away is rejected."""
    current, desired = user.fields["role"], row.fields["role"]
    return is_protected_role(world, current) and current.lower() != desired.lower()


def first_fault(
    world: World, row: UserRow, repeated: set[str], shared: set[str], in_n2f: dict[str, N2FUser]
) -> str:
    """Give the first reason for which a row is rejected, '' if none; renames are judged later."""
    if not is_mail(row.key):
        return "invalid_mail" if row.key else "missing_mail"
    if row.key in repeated:
        return "duplicate_mail"
    for name in ("company", "role", "profile"):
        if name in row.faults:
            return row.faults[name]
    if row.key in shared:
        return "shared_key"
    if row.key in in_n2f and takes_protected_role_away(world, row, in_n2f[row.key]):
        return "protected_role"
    return ""


def possible_renames(
    world: World, candidates: list[UserRow], absent: list[N2FUser]
) -> tuple[set[str], set[str]]:
    """Give the keys of Agresso and of N2F that may be one person who changed address.

    "a rejected row, or a user to create, that has the same non-empty employee number as an N2F user who is
    absent from Agresso, protected or not: both are rejected, ... unless the pair stands in the seed
    not_renames".
    """
    exempt = {(mail_key(here), mail_key(there)) for here, there in world.seeds.not_renames}
    pairs = {
        (row.key, user.key)
        for row in candidates
        for user in absent
        if row.fields["employeeNumber"] and row.fields["employeeNumber"] == user.fields["employeeNumber"]
    } - exempt
    return {here for here, _ in pairs}, {there for _, there in pairs}


def may_be_deleted(world: World, user: N2FUser) -> bool:
    """Protected: users in N2F alone whose role is `Administrateur` are never deleted; nor a list of mails."""
    protected_mails = {mail_key(mail) for mail in world.seeds.protected_mails}
    return not is_protected_role(world, user.fields["role"]) and user.key not in protected_mails


def settle_managers(accepted: dict[str, UserRow], in_n2f: set[str], deleted: set[str]) -> dict[str, str]:
    """Settle the manager of each user.

    "kept where it is a row of Agresso that is not rejected, or is in N2F and will not be deleted in this run;
    else ... empty. A user on a management cycle (their own manager included) has none; users below a cycle
    keep theirs".
    """
    managers = {}
    for key, row in accepted.items():
        manager = row.fields["managerMail"]
        kept = manager in accepted or (manager in in_n2f and manager not in deleted)
        managers[key] = manager if kept else ""
    on_cycle = {key for key in managers if key in ancestors(managers, key)}
    return {key: "" if key in on_cycle else manager for key, manager in managers.items()}


def fields_not_carried(world: World) -> set[tuple[str, str, str, str]]:
    """A field whose JSON key no document of that list carries ... is reported."""
    documents = world.n2f.get("users", [])
    return {
        (SCOPE, "", "", name)
        for name in USER_FIELDS
        if documents and name != "mail" and not is_carried(documents, name)
    }


def compared_fields(world: World) -> list[str]:
    """A field whose key no document of the list carries is not compared; nor one the seed leaves out."""
    documents = world.n2f.get("users", [])
    return [
        name
        for name in USER_FIELDS
        if name != "mail" and (SCOPE, name) not in world.seeds.not_compared and is_carried(documents, name)
    ]


def change_of(
    row: UserRow, user: N2FUser | None, managers: dict[str, str], compared: list[str]
) -> Change | None:
    """Give the create or the update of a row, None when N2F says the same already.

    "All 19 fields ... are sent every time"; "Updates and deletes name the mail ... as N2F spells it".
    """
    payload = {name: row.fields[name] for name in USER_FIELDS} | {"managerMail": managers[row.key]}
    previous = None
    changed = set(USER_FIELDS)
    if user is not None:
        payload["mail"] = user.mail
        previous = {name: user.document.get(name) for name in USER_FIELDS}
        changed = {
            name
            for name in compared
            if comparable(name, payload[name]) != comparable(name, user.fields[name])
        }
    if not changed:
        return None
    return Change(
        scope=SCOPE,
        action="create" if user is None else "update",
        entity_key=row.key,
        path=("users",),
        payload=payload,
        previous=previous,
        changed_columns=frozenset(changed),
        rank=len(ancestors(managers, row.key)),
    )


def delete_of(user: N2FUser, n2f_managers: dict[str, str]) -> Change:
    """Give the delete of a user, named as N2F spells the mail."""
    return Change(
        scope=SCOPE,
        action="delete",
        entity_key=user.key,
        path=("users", user.mail),
        payload=None,
        previous={name: user.document.get(name) for name in USER_FIELDS},
        changed_columns=frozenset(),
        rank=-len(ancestors(n2f_managers, user.key) - {user.key}),
    )


class Users:
    """Users of both sides, and which of them are rejected."""

    def __init__(self, world: World) -> None:
        directory = Directory(world)
        self.rows = [read_row(world, directory, row) for row in world.agresso_users]
        self.n2f = read_users(world, directory)
        self.by_key = {user.key: user for user in self.n2f if user.key}
        self.shared = shared_keys(self.n2f)
        in_agresso = {row.key for row in self.rows}
        self.absent = [user for user in self.n2f if not user.key or user.key not in in_agresso]

        repeated = repeated_differently(self.rows)
        faults = [first_fault(world, row, repeated, self.shared, self.by_key) for row in self.rows]
        faulty = [row for row, fault in zip(self.rows, faults, strict=True) if fault]
        self.accepted = {row.key: row for row, fault in zip(self.rows, faults, strict=True) if not fault}
        self.rejected: set[Rejection] = {
            (SCOPE, row.key, fault) for row, fault in zip(self.rows, faults, strict=True) if fault
        }
        self.rejected |= {(SCOPE, key, "shared_key") for key in self.shared}
        self.rejected |= {(SCOPE, "", "missing_mail") for user in self.n2f if not user.key}

        creates = [row for row in self.accepted.values() if row.key not in self.by_key]
        here, there = possible_renames(world, faulty + creates, self.absent)
        for row in creates:
            if row.key in here:
                self.rejected.add((SCOPE, row.key, "possible_rename"))
                del self.accepted[row.key]
        self.rejected |= {(SCOPE, key, "possible_rename") for key in there - self.shared if key}
        self.may_go = [user for user in self.absent if user.key and user.key not in self.shared | there]


def plan_users(world: World) -> Planned:
    """Apply all rules about users, deletes "before managers are settled, since those depend on them"."""
    users = Users(world)
    counts = {
        "source_rows": len(users.rows),
        "n2f_count": sum(user_is_in_scoping(world, user.key, [user.company_code]) for user in users.n2f),
    }
    n2f_managers = {
        user.key: user.fields["managerMail"] for user in users.n2f if user.key not in users.shared
    }
    deletes = [
        delete_of(user, n2f_managers)
        for user in users.may_go
        if may_be_deleted(world, user) and user_is_in_scoping(world, user.key, [user.company_code])
    ]
    decided, _ = decide_all(world, SCOPE, deletes, **counts)
    deleted = {change.entity_key for change in decided if change.decision == SEND}

    managers = settle_managers(users.accepted, set(users.by_key), deleted)
    compared = compared_fields(world)
    changes: list[Change] = list(deletes)
    for row in users.accepted.values():
        user = users.by_key.get(row.key)
        change = change_of(row, user, managers, compared)
        both_sides = [row.company_code] + ([user.company_code] if user else [])
        if change and user_is_in_scoping(world, row.key, both_sides):
            changes.append(change)
    changes, guards = decide_all(world, SCOPE, changes, **counts)
    return Planned(
        rejected=users.rejected,
        changes=changes,
        guards=guards,
        not_compared=fields_not_carried(world),
        managers=managers,
        n2f_managers=n2f_managers,
    )
