"""Hazards: what the command line is asked for, how it ends, and what it leaves to read.

One run against an N2F that is ill; and one of two rows of projects, the first of which N2F refuses, beside changes of
users that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from demo.harness import DemoN2F
from tests.end_to_end import Ended, Site, site_on
from tests.engines import Engine
from tests.models.loading import fill_agresso
from tests.reference.builders import n2f as holding
from tests.reference.builders import user_doc, user_row, value_row
from tests.reference.world import World

SECRETS = ("Descriptif-Confidentiel", "Prénom-Confidentiel")
AGRESSO = World(
    agresso_users=[user_row("ann@example.com", Prenom=SECRETS[1]), user_row("bob@example.com")],
    agresso_analytics=[value_row("PROJECT", "BE", code, description=SECRETS[0]) for code in ("P1", "P2")],
)


@dataclass(frozen=True, kw_only=True)
class Nights:
    """Two runs that ended, the calls of the second, and where their traces are."""

    site: Site
    ill: Ended
    ended: Ended
    calls: list[dict[str, object]]


@pytest.fixture(scope="module")
def nights(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    """`n2f-sync run` where N2F does not list the axes; then with `--scope projects` where it refuses one row."""
    stored = holding([user_doc("ann@example.com")])
    with DemoN2F(stored) as n2f, site_on(engine, tmp_path_factory.mktemp("nights"), n2f) as site:
        n2f.add_fault("status", status=503, method="GET", path_regex="axes", times=None)
        ill = site.command("run", N2F_MAX_ATTEMPTS="2")
        n2f.clear_faults()
        with engine.connect(site.environment) as connection:
            fill_agresso(connection, engine, site.environment, AGRESSO)
        n2f.reset_stats()
        n2f.add_fault("status", status=422, method="POST", path_regex="axes", body=f"no: {SECRETS[0]}")
        ended = site.command("run", "--scope", "projects", N2F_SYNC_DEBUG="1")
        yield Nights(site=site, ill=ill, ended=ended, calls=n2f.stats["calls"])


def test_scope_is_not_ignored(nights: Nights) -> None:
    writes = [call for call in nights.calls if call["method"] == "POST" and call["kind"] != "auth"]
    assert {call["kind"] for call in writes} == {"axis_values"}
    assert len(writes) == 2
    assert [user["mail"] for user in nights.site.n2f.world()["users"]] == ["ann@example.com"]


def test_a_scope_with_a_failed_row_does_not_exit_0(nights: Nights) -> None:
    assert nights.ended.code == 3, nights.ended.out + nights.ended.err


def test_a_scope_with_a_failed_row_keeps_its_log(nights: Nights) -> None:
    assert nights.site.rows(
        "select entity_key, status, http_status from n2f_sync.push_results order by sequence"
    ) == [("BE/P1", "failed", 422), ("BE/P2", "succeeded", 201)]
    assert nights.site.rows(
        "select status, exit_code, succeeded_count, failed_count from n2f_sync.runs where exit_code <> 1"
    ) == [("incomplete", 3, 1, 1)]
    assert "BE/P1" in nights.ended.out


def test_payloads_are_not_printed(nights: Nights) -> None:
    assert any(SECRETS[0] in str(call["payload"]) for call in nights.calls)
    files = [path for path in nights.site.folder.rglob("*") if path.is_file() and ".duckdb" not in path.name]
    said = [nights.ended.out, nights.ended.err, *(path.read_text(errors="replace") for path in files)]
    assert all(said[:2])
    for hidden in (*SECRETS, nights.site.n2f.client_secret, "Bearer"):
        assert [hidden in text for text in said] == [False] * len(said)


def test_a_scope_that_cannot_be_read_does_not_exit_0_and_keeps_its_log(nights: Nights) -> None:
    assert nights.ill.code == 1
    assert nights.ill.err.splitlines()[-1].startswith("error: N2F answered 503")
    oldest = "(select min(run_id) from n2f_sync.runs)"
    ((status, exit_code, message),) = nights.site.rows(
        f"select status, exit_code, message from n2f_sync.runs where run_id = {oldest}"
    )
    assert (status, exit_code) == ("failed", 1)
    assert "N2F answered 503" in message
