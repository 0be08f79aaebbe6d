"""What a night has to bear: settings, faults of N2F, stalls, kills, and the hour at which it begins."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from tests.reference.builders import COMPANIES
from tests.reference.world import ACTIONS, Settings
from tests.soak.life import End, Where
from tests.soak.record import Quota
from tests.soak.scene import MAILS, one

Name = Literal["run", "snapshot", "plan", "push"]

_BRUSSELS = ZoneInfo("Europe/Brussels")
_STATUSES = (400, 401, 403, 404, 409, 422, 429, 429, 500, 502, 503)
_KINDS = (
    "status", "status", "status", "drop_before", "drop_after", "cut", "garbage", "truncate", "html", "empty", "ignore",
    "expire_token",
)  # fmt: skip
_PATHS = ("", "", "users", "axes", "projects", "auth", "roles", "start=2")
_DAYS_OF_CHANGE = (datetime(2026, 3, 29), datetime(2026, 10, 25))  # noqa: DTZ001 - days, in Brussels
_HOURS = (
    time(5, 58, 30), time(5, 59, 50), time(19, 58, 30), time(19, 59, 55), time(1, 58), time(2, 30), time(3), time(22),
    time(12),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """What strikes one command.

    Attributes:
        faults: rules for `DemoN2F.add_fault`.
        stalls: numbers of the calls whose answer comes too late.
        meanwhile: numbers of the calls before which somebody edits N2F.
    """

    faults: tuple[dict[str, Any], ...] = ()
    stalls: frozenset[int] = frozenset()
    meanwhile: frozenset[int] = frozenset()
    end: End | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line of a night says."""

    settings: Settings = field(default_factory=lambda: Settings(allow_mass=frozenset(ACTIONS)))
    max_writes: int | None = None
    until: str | None = None
    is_dry_run: bool = False


def first_evening(rng: random.Random) -> datetime:
    """Draw the day on which a story begins, UTC: any of the year, or shortly before the clocks change."""
    if one(rng, 3):
        day = rng.choice(_DAYS_OF_CHANGE) - timedelta(days=rng.randint(0, 4))
    else:
        day = datetime(2026, 1, 1) + timedelta(days=rng.randrange(365))  # noqa: DTZ001 - a day, in Brussels
    return day.replace(tzinfo=UTC)


def beginning(rng: random.Random, day: datetime) -> datetime:
    """Draw when a night begins, UTC: often shortly before a quota changes, or the clocks do."""
    at = rng.choice(_HOURS) if one(rng, 2) else time(rng.randrange(24), rng.randrange(60))
    return datetime.combine(day.date(), at, tzinfo=_BRUSSELS).astimezone(UTC)


def quota(rng: random.Random) -> Quota:
    """Draw the quotas of a story: those of day and night, or such low ones that a dozen calls use them up."""
    if one(rng, 2):
        return Quota()
    return Quota(reads=rng.choice((None, 0, 5, 10, 20)), writes=rng.choice((None, 0, 2, 3, 5)))


def options(rng: random.Random, *, sandbox: bool, now: datetime) -> Options:
    """Draw what a stormy night is told to do."""
    actions = rng.choice((ACTIONS, ACTIONS, ACTIONS, ("create", "update"), ("delete",), ("update", "delete")))
    scopes = rng.choice(({"users"}, {"projects", "plates"}, {"users", "subposts"})) if one(rng, 8) else None
    settings = Settings(
        sandbox=sandbox,
        sandbox_company="BE" if sandbox else None,
        actions=frozenset(actions),
        scopes=frozenset(scopes) if scopes else None,
        only_companies=tuple(rng.sample(COMPANIES, rng.randint(1, 2))) if one(rng, 8) else (),
        only_mails=tuple(rng.sample(MAILS, 3)) if one(rng, 10) else (),
        allow_mass=frozenset(action for action in ACTIONS if one(rng, 2)),
        strict=one(rng, 6),
    )
    soon = (now + timedelta(minutes=rng.randint(1, 3))).astimezone(_BRUSSELS)
    return Options(
        settings=settings,
        max_writes=rng.randint(1, 5) if one(rng, 6) else None,
        until=f"{soon:%H:%M}" if one(rng, 12) else None,
        is_dry_run=one(rng, 12),
    )


def weather(rng: random.Random, now: datetime) -> Weather:
    """Draw what strikes one command of a stormy night."""
    faults = [_fault(rng, now) for _ in range(rng.choice((0, 1, 2, 3, 4)))]
    calls = range(1, 40)
    return Weather(
        faults=tuple(faults),
        stalls=frozenset(rng.sample(calls, 1) if one(rng, 6) else ()),
        meanwhile=frozenset(rng.sample(calls, 2) if one(rng, 6) else ()),
        end=_end(rng) if one(rng, 2) else None,
    )


def commands(rng: random.Random) -> tuple[Name, ...]:
    """Draw what a night does: nearly always one run, at times step by step."""
    return rng.choice((("run",), ("run",), ("run",), ("snapshot", "plan", "push"), ("plan", "push")))


def _fault(rng: random.Random, now: datetime) -> dict[str, Any]:
    kind = rng.choice(_KINDS)
    rule: dict[str, Any] = {
        "kind": kind,
        "method": rng.choice((None, "POST", "POST", "DELETE", "GET")),
        "path_regex": rng.choice(_PATHS),
        "after": rng.choice((0, 0, 0, 1, 3)),
        "times": rng.choice((1, 1, 1, 2, 4, 7, None)),
    }
    if kind == "status":
        rule["status"] = rng.choice(_STATUSES)
        if rule["status"] in (429, 503) and one(rng, 2):
            soon = format_datetime(now + timedelta(minutes=rng.randint(-5, 5)), usegmt=True)
            rule["headers"] = {"Retry-After": rng.choice(("0", "3", "45", "86400", "-1", "soon", "", soon))}
    return rule


def _end(rng: random.Random) -> End:
    """Draw an end: of the places, those around writes are struck most often."""
    where: Where = rng.choice((*get_args(Where), "write", "written", "committed", "statement"))
    most = {"write": 5, "written": 5, "wait": 300, "model": 60}.get(where, 40)
    how: Literal["kill", "signal", "two signals"] = rng.choice(
        ("kill", "kill", "kill", "signal", "two signals")
    )
    return End(how=how, where=where, number=rng.randint(1, most))
