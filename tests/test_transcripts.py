"""docs/transcripts.md shows every command, as the steps say, without what differs from run to run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.reference_commands import commands
from tools.transcript_steps import FILL_AGRESSO, STEPS, Step
from tools.transcripts import PAGE, replaced, shortened

TEXT = PAGE.read_text("utf-8")
BLOCK = re.compile(r"(?ms)^```text\n\$ (.+?)\n(.*?)^```\n\nExit code (\d)\.$")
SHOWN = [step for step in STEPS if step.command != FILL_AGRESSO]


def test_every_command_has_a_transcript() -> None:
    typed = [command for command, _, _ in BLOCK.findall(TEXT)]
    lacking = [
        name for name in commands() if not any(f"{each} ".startswith(f"n2f-sync {name} ") for each in typed)
    ]
    assert lacking == [], "add a step to tools/transcript_steps.py and run `make transcripts`"


def test_the_page_shows_the_steps_and_what_they_ended_with() -> None:
    assert len(SHOWN) > 15
    shown = [(command, int(code)) for command, _, code in BLOCK.findall(TEXT)]
    assert shown == [(step.command, step.exit_code) for step in SHOWN], "run `make transcripts`"


def test_the_page_says_why_each_is_typed() -> None:
    assert [step.note for step in STEPS if step.note not in TEXT] == []
    assert re.findall(r"(?m)^## (.+)$", TEXT) == list(dict.fromkeys(step.part for step in STEPS))


def test_nothing_of_the_machine_or_of_the_day_is_left() -> None:
    assert replaced(TEXT, Path("/nowhere")) == TEXT
    assert re.findall(r"/tmp/|/home/|/root/|/site-packages/", TEXT) == []  # noqa: S108 - looked for, not used
    assert "demo-secret" not in TEXT


def test_every_kind_of_ending_is_shown() -> None:
    assert {step.exit_code for step in SHOWN} >= {0, 1, 2, 3, 4}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run 20261125T074342370588Z-1a4c: done", "run 20261122T203000000000Z-1a2b: done"),
        ("2026-11-25 07:43:42,442 INFO", "2026-11-22 20:30:00,000 INFO"),
        ("│ 20261125T080458587634… │", "│ 20261122T203000000000… │"),
        ("since 2026-11-25T08:00 UTC", "since 2026-11-22T20:30 UTC"),
        ('"2026-11-25T07:43:42.442634Z"', '"2026-11-22T20:30:00.000000Z"'),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("since 2026-11-25 07:43 │", "since 2026-11-22 20:30 │"),
        ("http://127.0.0.1:34567/services", "http://127.0.0.1:40000/services"),
        ("the last at 08:43 CET", "the last at 20:30 CET"),
        ("/a/place/n2f.duckdb", "/srv/n2f-sync/n2f.duckdb"),
    ],
)
def test_what_differs_is_replaced(text: str, expected: str) -> None:
    assert replaced(text, Path("/a/place")) == expected


def test_long_output_is_cut_where_it_says() -> None:
    step = Step(part="", note="", command="n2f-sync status", head=2, tail=1)
    assert shortened(list("abcdef"), step) == ["a", "b", "[… 3 lines …]", "f"]
    assert shortened(list("abcd"), step) == list("abcd")
