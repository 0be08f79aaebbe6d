"""docs/rules.md names every dbt unit test there is, and every model says what one of its rows is."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DBT = ROOT / "dbt_project"
RULES = ROOT / "docs" / "rules.md"
NAMES = re.compile(r"`(\w+)`")
UnitTest = tuple[str, str]
"""(model, name)"""


@cache
def properties(kind: str) -> list[dict[str, Any]]:
    """Everything of a kind (`models`, `unit_tests`) that the YAML files of the dbt project hold."""
    files = sorted(DBT.rglob("*.yml"))
    return [entry for file in files for entry in yaml.safe_load(file.read_text()).get(kind, [])]


@cache
def rules() -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """The lines of the tables of docs/rules.md: rule, models, unit tests."""
    lines = [
        line.strip().strip("|").split(" | ") for line in RULES.read_text().splitlines() if line[:1] == "|"
    ]
    cells = [[cell.strip() for cell in line] for line in lines]
    return [
        (cell[0], tuple(NAMES.findall(cell[1])), tuple(NAMES.findall(cell[2])))
        for cell in cells
        if cell[0] != "rule" and set(cell[0]) != {"-"}
    ]


def unit_tests() -> set[UnitTest]:
    """Every unit test of the project."""
    return {(test["model"], test["name"]) for test in properties("unit_tests")}


def sql_files() -> list[Path]:
    """Every model."""
    return sorted((DBT / "models").rglob("*.sql"))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule[0])
def test_a_rule_is_held_by_unit_tests_of_its_models(
    rule: tuple[str, tuple[str, ...], tuple[str, ...]],
) -> None:
    _, models, tests = rule
    assert models
    assert tests
    found = {name: [model for model in models if (model, name) in unit_tests()] for name in tests}
    assert [name for name, of_models in found.items() if not of_models] == []
    tested = {model for of_models in found.values() for model in of_models}
    assert [model for model in models if model not in tested] == []


def test_every_unit_test_is_named_beside_its_model() -> None:
    named = {(model, name) for _, models, tests in rules() for model in models for name in tests}
    assert unit_tests() - named == set()


def test_no_two_unit_tests_have_one_name() -> None:
    names = [test["name"] for test in properties("unit_tests")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


@pytest.mark.parametrize("path", sql_files(), ids=lambda path: path.stem)
def test_a_model_begins_with_its_grain(path: Path) -> None:
    assert path.read_text().startswith("-- Grain: one row")


@pytest.mark.parametrize("path", sql_files(), ids=lambda path: path.stem)
def test_a_model_is_described_once_beginning_with_its_grain(path: Path) -> None:
    described = [model for model in properties("models") if model["name"] == path.stem]
    assert len(described) == 1
    assert described[0]["description"].startswith("One row")


@pytest.mark.parametrize("test", properties("unit_tests"), ids=lambda test: test["name"])
def test_a_unit_test_is_of_a_model_that_exists(test: dict[str, Any]) -> None:
    assert test["model"] in {path.stem for path in sql_files()}
