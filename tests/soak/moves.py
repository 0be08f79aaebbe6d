"""What happens by itself between two nights, and while a night reads: Agresso, N2F and the holds change."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.reference import pools
from tests.reference.strategies_users import is_cyclic
from tests.reference.values import mail_key, text
from tests.reference.world import Hold
from tests.soak.scene import (
    MAILS,
    Scene,
    a_manager,
    a_value,
    agresso_user,
    analytics_row,
    n2f_user,
    n2f_value,
    one,
    spelled,
)

Held = dict[str, Any]
"""What N2F holds, as `DemoN2F.world` tells it; the moves change it in place."""


def move(scene: Scene, held: Held, now: datetime) -> None:
    """Let some things happen before a night. `now` is UTC without zone."""
    rng = scene.rng
    scene.is_source_away = one(rng, 25)
    for _ in range(rng.randint(2, 9)):
        rng.choice(_IN_AGRESSO)(scene)
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        edit_n2f(rng, held)
    scene.holds = [hold for hold in scene.holds if not one(rng, 2)]
    if one(rng, 3):
        scene.holds.append(_hold(scene, held, now))
    in_use = [str(user["mail"]) for user in held["users"] if one(rng, 6)]
    held["open_reports"] = in_use
    held["used_values"] = [
        [company, axis, value["code"]]
        for company, axes in held["axis_values"].items()
        for axis, values in axes.items()
        for value in values
        if one(rng, 10)
    ]


def calm(scene: Scene, held: Held) -> None:
    """Let nothing stand in the way any more: no hold, no open report, a source that is there."""
    scene.holds = []
    scene.is_source_away = False
    held["open_reports"] = held["used_values"] = []
    if not scene.users:
        scene.users.append(agresso_user(scene.rng, MAILS[0]))


def edit_n2f(rng: random.Random, held: Held) -> None:
    """Let somebody change something in N2F by hand."""
    before = [dict(user) for user in held["users"]]
    rng.choice(_IN_N2F)(rng, held)
    if is_cyclic([user | {"mail": str(user.get("mail"))} for user in held["users"]]):
        held["users"][:] = before


def _user_comes(scene: Scene) -> None:
    scene.users.insert(
        scene.rng.randint(0, len(scene.users)), agresso_user(scene.rng, scene.rng.choice(MAILS))
    )


def _user_goes(scene: Scene) -> None:
    if len(scene.users) > 1:
        scene.users.pop(scene.rng.randrange(len(scene.users)))


def _user_changes(scene: Scene) -> None:
    if scene.users:
        scene.rng.choice(scene.users).update(scene.rng.sample(pools.USER_PAIRS, 1))


def _manager_changes(scene: Scene) -> None:
    if scene.users:
        scene.rng.choice(scene.users)["Manager"] = a_manager(scene.rng)


def _bad_mail(scene: Scene) -> None:
    bad = scene.rng.choice(pools.BAD_MAILS)
    scene.users.append(agresso_user(scene.rng, scene.rng.choice(MAILS)) | {"AdresseEmail": bad})


def _mail_changes(scene: Scene) -> None:
    """Somebody gets another address, and keeps their number: a possible rename."""
    if scene.users:
        mail = spelled(scene.rng, scene.rng.choice(MAILS))
        scene.rng.choice(scene.users).update({"AdresseEmail": mail, "Matricule": "7"})


def _user_settles(scene: Scene) -> None:
    """Bad and double rows are put right, so that a story does not silt up."""
    seen: set[str] = set()
    kept = []
    for row in scene.users:
        key = mail_key(row["AdresseEmail"])
        if key in MAILS and key not in seen:
            kept.append(row)
            seen.add(key)
    scene.users = kept


def _value_comes(scene: Scene) -> None:
    scene.analytics.append(analytics_row(scene.rng))


def _value_goes(scene: Scene) -> None:
    if scene.analytics:
        scene.analytics.pop(scene.rng.randrange(len(scene.analytics)))


def _value_changes(scene: Scene) -> None:
    if scene.analytics:
        scene.rng.choice(scene.analytics).update(a_value(scene.rng))


def _hand_edits_user(rng: random.Random, held: Held) -> None:
    if held["users"]:
        user = rng.choice(held["users"])
        changes = dict(rng.sample(pools.DOCUMENT_PAIRS, 1))
        user.update({name: value for name, value in changes.items() if not _is_missing(value)})


def _hand_edits_manager(rng: random.Random, held: Held) -> None:
    if held["users"]:
        managers = [mail_key(user.get("mail")) for user in held["users"]]
        rng.choice(held["users"])["managerMail"] = rng.choice(("", *managers))


def _hand_makes_user(rng: random.Random, held: Held) -> None:
    mail = rng.choice(MAILS)
    if mail not in {mail_key(user.get("mail")) for user in held["users"]}:
        held["users"].insert(rng.randint(0, len(held["users"])), n2f_user(rng, mail))


def _hand_doubles_user(rng: random.Random, held: Held) -> None:
    """Somebody gets a second account whose mail differs in case alone; two of them share a key."""
    mails = [mail_key(user.get("mail")) for user in held["users"]]
    if held["users"] and len(set(mails)) == len(mails) and one(rng, 4):
        again = rng.choice(held["users"])
        other = str(again["mail"]).swapcase()
        if mail_key(other) == mail_key(again["mail"]):
            held["users"].append(again | {"mail": other, "uuid": f"other-{rng.randrange(10**6)}"})


def _hand_drops_user(rng: random.Random, held: Held) -> None:
    if held["users"]:
        gone = held["users"].pop(rng.randrange(len(held["users"])))
        for user in held["users"]:
            if mail_key(user.get("managerMail")) == mail_key(gone.get("mail")):
                user["managerMail"] = ""


def _hand_promotes(rng: random.Random, held: Held) -> None:
    if held["users"]:
        rng.choice(held["users"])["role"] = rng.choice(("Administrateur", "beheerder", "ADMINISTRATOR"))


def _hand_edits_values(rng: random.Random, held: Held) -> None:
    axes = rng.choice(list(held["axis_values"].values()))
    values = axes[rng.choice(list(axes))]
    value = n2f_value(rng)
    same = [each for each in values if text(each.get("code")) == value["code"].strip(" ")]
    if values and one(rng, 3):
        values.pop(rng.randrange(len(values)))
    elif same:
        same[0].update(value | {"code": same[0]["code"]})
    else:
        values.insert(rng.randint(0, len(values)), value)


def _hold(scene: Scene, held: Held, now: datetime) -> Hold:
    rng = scene.rng
    keys = [("users", mail_key(user.get("mail"))) for user in held["users"]]
    keys += [("users", str(row["AdresseEmail"])) for row in scene.users if row["AdresseEmail"]]
    keys += [
        (scope, f"{text(row['client'])}/{text(row['code'])}")
        for row in scene.analytics
        for scope in ("projects", "plates")
    ]
    scope, key = rng.choice([pair for pair in keys if pair[1].strip()] or [("users", MAILS[0])])
    until = rng.choice(
        (None, now + timedelta(days=1, hours=12), now + timedelta(days=4), now - timedelta(days=1))
    )
    return Hold(scope=scope, entity_key=key, held_until=until)


def _is_missing(value: object) -> bool:
    return type(value) is object


_IN_AGRESSO: tuple[Callable[[Scene], None], ...] = (
    _user_comes, _user_comes, _user_goes, _user_changes, _user_changes, _manager_changes, _bad_mail,
    _mail_changes, _user_settles, _user_settles, _value_comes, _value_comes, _value_goes, _value_changes,
)  # fmt: skip
_IN_N2F: tuple[Callable[[random.Random, Held], None], ...] = (
    _hand_edits_user, _hand_edits_user, _hand_edits_manager, _hand_makes_user, _hand_doubles_user,
    _hand_drops_user, _hand_promotes, _hand_edits_values, _hand_edits_values,
)  # fmt: skip
