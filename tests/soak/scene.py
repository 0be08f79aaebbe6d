"""A random Agresso and a random N2F, from the pools of tests/reference: few values, each with a way to go wrong.

Plain `random` instead of Hypothesis: a story is long and reacts to itself, so that there is nothing to shrink, and a
seed must mean the same story on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tests.reference import pools
from tests.reference.builders import (
    COMPANIES,
    axis_uuid,
    n2f,
    names,
    user_doc,
    user_row,
    uuid,
    value_doc,
    value_row,
    without_missing,
)
from tests.reference.values import mail_key
from tests.reference.world import Document, GuardLimit, Hold, Row, Seeds, Settings, World

MAILS = (*pools.MAILS, *(f"p{number}@example.com" for number in range(8)))
CODES = (*pools.CODES, *(f"V{number}" for number in range(6)))
_TYPS = (*pools.PLANNED_TYPS, *pools.PLANNED_TYPS, *pools.TYPS)


@dataclass(slots=True)
class Scene:
    """What the loader does not own: Agresso, the seeds, the holds. What N2F holds is asked from N2F."""

    rng: random.Random
    users: list[Row] = field(default_factory=list)
    analytics: list[Row] = field(default_factory=list)
    seeds: Seeds = field(default_factory=Seeds)
    holds: list[Hold] = field(default_factory=list)
    is_source_away: bool = False

    def world(self, held: dict[str, Any], settings: Settings, now: datetime) -> World:
        """Return the scene with what N2F holds, as tests/reference reads it."""
        return World(
            agresso_users=[] if self.is_source_away else [dict(row) for row in self.users],
            agresso_analytics=[] if self.is_source_away else [dict(row) for row in self.analytics],
            n2f=held,
            seeds=self.seeds,
            settings=settings,
            holds=tuple(self.holds),
            now=now,
        )


def one(rng: random.Random, one_in: int) -> bool:
    """Say yes one time in so many."""
    return rng.randrange(one_in) == 0


def spelled(rng: random.Random, mail: str) -> str:
    """Give a mail as people type it."""
    return rng.choice((mail, mail, mail, mail.upper(), f"  {mail}", f"{mail} "))


def a_manager(rng: random.Random) -> object:
    """Give somebody of the pool, or nobody; mostly of the first ones, so that there are chains."""
    mail = rng.choice(MAILS[: rng.randint(1, len(MAILS))])
    return rng.choice((None, spelled(rng, mail), spelled(rng, mail), rng.choice(pools.NO_MANAGERS)))


def agresso_user(rng: random.Random, mail: str) -> Row:
    """Draw a row of Agresso: the default one with a column or two changed."""
    row = user_row(spelled(rng, mail), Entreprise=_company(mail), Manager=a_manager(rng))
    row |= dict(rng.sample(pools.USER_PAIRS, rng.choice((0, 0, 1, 2))))
    if one(rng, 3):
        row[rng.choice(pools.BOOLEAN_COLUMNS)] = rng.choice(pools.BOOLEAN_TEXTS)
    if one(rng, 4):
        row["Matricule"] = rng.choice(pools.USER_NUMBERS["text"])
    return row


def n2f_user(rng: random.Random, mail: str, manager: str = "") -> Document:
    """Draw a document of N2F: in step with the default row, a field or two changed."""
    fields: dict[str, Any] = {"company": uuid(_company(mail)), "managerMail": manager}
    fields |= dict(rng.sample(pools.DOCUMENT_PAIRS, rng.choice((0, 0, 1, 2))))
    if one(rng, 4):
        fields["employeeNumber"] = rng.choice(pools.N2F_NUMBERS)
    return user_doc(spelled(rng, mail), **fields, uuid=uuid(f"user {mail} {rng.randrange(10**6)}"))


def analytics_row(rng: random.Random) -> Row:
    """Draw a row of Agresso's axis values; at times typ, company or code are wrong."""
    row = value_row(rng.choice(_TYPS), rng.choice(COMPANIES), rng.choice(CODES))
    if one(rng, 6):
        row["client"] = rng.choice(pools.CLIENTS)
    return row | a_value(rng)


def a_value(rng: random.Random) -> dict[str, object]:
    """Draw what a row says of its value."""
    said: dict[str, object] = {"description": rng.choice(pools.DESCRIPTIONS)}
    if one(rng, 4):
        said["status"] = rng.choice(pools.STATUSES)
    if one(rng, 3):
        said[rng.choice(("date_from", "date_to"))] = rng.choice(pools.DATE_TEXTS)
    return said


def n2f_value(rng: random.Random) -> Document:
    """Draw a value of N2F."""
    fields: dict[str, Any] = {}
    if one(rng, 3):
        fields["names"] = rng.choice(pools.N2F_NAMES)
    if one(rng, 3):
        fields[rng.choice(("validityDateFrom", "validityDateTo"))] = rng.choice(pools.N2F_DATES)
    return without_missing(value_doc(rng.choice(CODES)) | fields)


def first_n2f(rng: random.Random) -> dict[str, Any]:
    """Draw what N2F holds when a story begins."""
    usual = [{"uuid": uuid(code), "code": code, "name": code} for code in COMPANIES]
    doubled = [*usual[:2], usual[2] | {"code": "BE"}]
    axes: dict[str, list[Document]] = {}
    values: dict[str, dict[str, list[Document]]] = {}
    for company in COMPANIES:
        french = rng.choice(pools.AXIS_NAMES)
        axes[uuid(company)] = [
            {"uuid": axis_uuid(company, f"{place}{name}"), "names": names(name, name)}
            for place, name in enumerate(french)
        ]
        lists = ["projects", *(axis["uuid"] for axis in axes[uuid(company)])]
        values[uuid(company)] = {axis: some_values(rng) for axis in lists}
    mails = rng.sample(MAILS, rng.randint(2, 9))
    users = [
        n2f_user(rng, mail, manager=rng.choice(("", *mails[:place]))) for place, mail in enumerate(mails)
    ]
    return n2f(
        users,
        companies=doubled if one(rng, 8) else usual,
        roles=[{"names": each} for each in rng.choice((*pools.ROLE_LISTS[:1] * 4, *pools.ROLE_LISTS))],
        userprofiles=[
            {"names": each} for each in rng.choice((*pools.PROFILE_LISTS[:1] * 4, *pools.PROFILE_LISTS))
        ],
        axes=axes,
        axis_values=values,
    )


def first_scene(rng: random.Random, held: dict[str, Any]) -> Scene:
    """Draw an Agresso that has half of what N2F holds, and the seeds of a story."""
    in_n2f = [mail_key(user["mail"]) for user in held["users"]]
    mails = [mail for mail in MAILS if (mail in in_n2f and not one(rng, 3)) or one(rng, 4)]
    users = [agresso_user(rng, mail) for mail in mails]
    rng.shuffle(users)
    analytics = [analytics_row(rng) for _ in range(rng.randint(4, 12))]
    analytics += [
        value_row("PROJECT", code, value["code"], description="D")
        for code in COMPANIES
        for value in held["axis_values"][uuid(code)]["projects"]
        if not one(rng, 4)
    ]
    return Scene(rng, users, analytics, _seeds(rng))


def some_values(rng: random.Random) -> list[Document]:
    """Draw the values of an axis, each code once in each spelling."""
    values = [n2f_value(rng) for _ in range(rng.randint(0, 4))]
    return list({value["code"].strip(" "): value for value in values}.values())


def _seeds(rng: random.Random) -> Seeds:
    """Draw the seeds: with the project's own limits a world of a dozen rows would never break one."""
    limits = {
        action: GuardLimit(percent=rng.choice((10, 30, 50)), rows=rng.choice((1, 2, 4, 10)))
        for action in ("delete", "update", "create")
    }
    seeds = Seeds(guard_limits=limits)
    if one(rng, 3):
        seeds = replace(seeds, protected_mails=tuple(rng.sample(MAILS, 2)))
    if one(rng, 4):
        seeds = replace(seeds, protected_roles=("Administrateur", "comptable"))
    return seeds


def _company(mail: str) -> str:
    places: Sequence[str] = COMPANIES
    return places[MAILS.index(mail) % len(places)]
