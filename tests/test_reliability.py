"""docs/reliability.md: no row without a test, every test that it names exists, and every hazard has its own."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.test_rules import unit_tests

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
TEST = re.compile(r"`([\w/.]+)::(\w+)`")
SECTIONS = (
    "Guards", "Holds", "Crash safety", "Faults", "Rejected and failing rows", "Reports",
    "What goes out when not all fits", "Security", "Quotas and serial calls",
    "Start-up and what is hidden in waits", "What is told", "What the earlier program got wrong",
)  # fmt: skip
"""The headings of the issues that ask for it; the last one is the list of hazards."""

Test = tuple[str, str]
"""(file below tests/, or model; name)."""


def read_test(text: str) -> Test:
    """Read one test's name; what is none does not exist."""
    found = TEST.fullmatch(text)
    return (found[1], found[2]) if found else (text, "")


@cache
def rows() -> list[tuple[str, str, tuple[Test, ...]]]:
    """Every row of the page's tables: section, promise, tests."""
    found = []
    section = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        if line.startswith("| ") and not line.startswith(("| ---", "| promise |", "| hazard |")):
            promise, tests = line.strip("| ").split(" | ")
            found.append((section, promise, tuple(map(read_test, tests.split(", ")))))
    return found


@cache
def named_in(path: Path) -> frozenset[str]:
    """The names of a file's test functions."""
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def exists(test: Test) -> bool:
    """Whether pytest or dbt has such a test."""
    place, name = test
    if not place.endswith(".py"):
        return test in unit_tests()
    path = ROOT / "tests" / place
    return path.is_file() and name in named_in(path)


def hazards() -> set[Test]:
    """Every test of the hazards of the earlier program."""
    return {
        (f"hazards/{path.name}", name)
        for path in (ROOT / "tests" / "hazards").glob("test_*.py")
        for name in named_in(path)
    }


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[1])
def test_a_promise_is_kept_by_tests_that_exist(row: tuple[str, str, tuple[Test, ...]]) -> None:
    _, _, tests = row
    assert tests
    assert [test for test in tests if not exists(test)] == []


def test_every_section_of_the_issue_has_promises() -> None:
    assert tuple(dict.fromkeys(section for section, _, _ in rows())) == SECTIONS


def test_every_hazard_has_a_test_of_its_own() -> None:
    listed = [(promise, set(tests)) for section, promise, tests in rows() if section == SECTIONS[-1]]
    assert len(listed) == 32
    assert [promise for promise, tests in listed if not tests <= hazards()] == []
    assert set().union(*(tests for _, tests in listed)) == hazards()


def test_no_promise_is_made_twice() -> None:
    promises = [promise for _, promise, _ in rows()]
    assert len(promises) == len(set(promises))
