"""Simulated nights in CI, and that they mean something: a seed is one story, and the models are the lab's."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.engines import Connection
from tests.models.lab import DuckDBLab
from tests.models.loading import load_snapshot
from tests.reference.world import NOW, Settings
from tests.soak import __main__ as command_line
from tests.soak.invariants import Breach, BrokenInvariantError
from tests.soak.laboratory import SoakLab
from tests.soak.scene import first_n2f, first_scene
from tests.soak.soaking import stories

NIGHTS = 200


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> SoakLab:
    """The models, compiled once."""
    return SoakLab.compiled_in(tmp_path_factory.mktemp("compiled"))


def test_200_nights_with_faults_and_kills_break_no_invariant(lab: SoakLab, tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    for told in stories(lab, tmp_path, seed=1, nights=NIGHTS, jobs=2):
        counts += told.counts
        counts["nights"] += told.nights
    assert counts["nights"] >= NIGHTS
    least = {
        "kills": 20,
        "signals": 5,
        "failed calls": 100,
        "lost answers": 20,
        "deletes": 100,
        "withheld": 20,
    }
    assert {name: counts[name] for name in least if counts[name] < least[name]} == {}


def test_a_seed_tells_the_same_story_every_time(lab: SoakLab, tmp_path: Path) -> None:
    first, again = ([*stories(lab, tmp_path, seed=5, nights=1)] for _ in range(2))
    assert first == again
    assert first[0].counts["calls"] > 50
    (other,) = stories(lab, tmp_path, seed=6, nights=1)
    assert other.digest != first[0].digest


@pytest.mark.parametrize("seed", range(3))
def test_the_models_are_built_as_the_lab_builds_them(lab: SoakLab, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - a world, no secret
    held = first_n2f(rng)
    world = first_scene(rng, held).world(held, Settings(), NOW)
    with lab.opened(world) as fast, lab.open_before_snapshot(world) as usual:
        usual.execute("create table main.simulated_now as select now() as instant")
        for connection in (fast, usual):
            load_snapshot(connection, world)
        lab.rebuild(fast, with_views=True)
        lab.rebuild(fast, with_views=False)
        DuckDBLab.build(lab, usual)
        tables = usual.execute(
            "select table_schema, table_name from information_schema.tables where table_schema like 'n2f%' order by all"
        ).fetchall()
        assert len(tables) > 60
        assert {table: rows_of(fast, table) for table in tables} == {
            table: rows_of(usual, table) for table in tables
        }


def rows_of(connection: Connection, table: tuple[str, str]) -> list[tuple[object, ...]]:
    """All rows of a table without what tells when it was filled."""
    found = connection.execute(f"select * from {table[0]}.{table[1]}")
    kept = [place for place, column in enumerate(found.description or []) if not column[0].endswith("_at")]
    return sorted((tuple(row[place] for place in kept) for row in found.fetchall()), key=repr)


def test_a_broken_invariant_is_told_with_its_seed_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(*_: object, seed: int, **__: object) -> object:
        raise BrokenInvariantError(
            seed, [Breach(night=4, command="run", invariant="within_the_quota", problem="11")]
        )

    monkeypatch.setattr(command_line, "stories", break_down)
    monkeypatch.setattr(SoakLab, "compiled_in", lambda _: None)
    assert command_line.main(["--seed", "42", "--nights", "1"]) == 1
    said = capsys.readouterr().out
    assert "night 4, run: within_the_quota: 11" in said
    assert "python -m tests.soak --seed 42 --nights 1" in said
