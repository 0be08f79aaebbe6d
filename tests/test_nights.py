"""Several nights of the whole job: what is told of a row that fails, is rejected or is changed back in each of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from loader.database import utc_now
from tests.end_to_end import Ended, Site, site_on
from tests.engines import Engine

LEAVER = "jan.vertrekman@exempla.example"  # of the sample; N2F refuses to delete them while a report is open
ACCENT = "helene.accentier@fictis.example"  # of the sample; somebody changes the first name back every day


@pytest.fixture
def site(engine: Engine, tmp_path: Path) -> Iterator[Site]:
    """The sample, before its first sync."""
    with DemoN2F(sample_world()) as n2f, site_on(engine, tmp_path, n2f) as site:
        site.load_agresso(agresso_rows())
        yield site


def by_day(n2f: DemoN2F, *, open_reports: list[str], firstname: str) -> None:
    """Change what people change in N2F between two nights."""
    world = n2f.world() | {"open_reports": open_reports}
    for user in world["users"]:
        if user["mail"].lower() == ACCENT:
            user["firstname"] = firstname
    n2f.set_world(world)


def night(site: Site) -> Ended:
    """Do one whole sync."""
    return site.command("run", "--delete", "--allow-mass-delete", "--json")


def test_what_fails_flaps_or_is_rejected_for_three_nights_is_told_until_it_ends(site: Site) -> None:
    for _ in range(3):
        by_day(site.n2f, open_reports=[LEAVER], firstname="Helene")
        ended = night(site)
        assert ended.code == 3, ended.err
    told = ended.json()["remembered"]
    failing = {row["entity_key"]: row for row in told["failing"]}
    first = site.rows(f"select min(finished_at) from n2f_sync.push_results where entity_key = '{LEAVER}'")[0][
        0
    ]
    assert failing[LEAVER]["since"] == f"{first.isoformat()}Z"
    assert (failing[LEAVER]["run_count"], failing[LEAVER]["http_status"]) == (3, 409)
    assert failing[LEAVER]["is_same_reason"]
    assert told["flapping"] == [
        {"scope": "users", "entity_key": ACCENT, "field": "firstname", "old": "Helene", "new": "Hélène"}
    ]
    assert told["rejected_count"] > 10
    assert {row["run_count"] for row in told["rejected"]} == {3}
    assert "Hélène" not in ended.err

    said = site.command("status").out
    assert "Failing: 1 rows of users" in said
    assert "Flapping: 1 fields of users" in said

    by_day(site.n2f, open_reports=[], firstname="Hélène")
    ended = night(site)
    assert ended.code == 0, ended.err
    told = ended.json()["remembered"]
    assert (told["failing"], told["flapping"]) == ([], [])
    assert {row["run_count"] for row in told["rejected"]} == {4}


def test_a_night_after_the_clock_was_set_back_sends_nothing_and_says_so(site: Site) -> None:
    ahead = utc_now() + timedelta(hours=2)
    with site.database().connect() as warehouse:
        warehouse.execute(
            "insert into {n2f_raw.snapshots} values (?, ?, ?, ?, 0, 0)",
            ("taken before", site.n2f.base_url, ahead, ahead),
        )
    ended = night(site)
    assert ended.code == 1
    assert "the clock was set back" in ended.err
    assert "taken before" in ended.err
    assert site.writes() == 0
