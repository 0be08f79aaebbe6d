"""No input makes a data test fail: bad input ends in rejected_rows, a failing test stops the nightly run."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.engines import Connection
from tests.models.compiled import data_tests_by_dbt
from tests.models.lab import Lab
from tests.reference.builders import n2f, names, uuid, value_doc, value_row
from tests.reference.strategies import guarded_worlds, worlds
from tests.reference.world import World

DataTests = dict[str, str]


@pytest.fixture(scope="session")
def data_tests(lab: Lab) -> DataTests:
    """The SQL of every data test by its name: rows that it returns are failures."""
    return data_tests_by_dbt(lab.environment)


def failing(connection: Connection, data_tests: DataTests) -> dict[str, object]:
    """The data tests that fail, each with a row that it returns."""
    found = {name: connection.execute(sql).fetchone() for name, sql in data_tests.items()}
    return {name: row for name, row in found.items() if row is not None}


def holds_on(lab: Lab, data_tests: DataTests, world: World) -> None:
    """Build the models on a world and run every data test."""
    with lab.open(world) as connection:
        assert failing(connection, data_tests) == {}


def companies_with_slashes() -> World:
    """Two companies of which one's code begins with the other's: two values have one entity_key."""
    stored = n2f([])
    short, long = uuid("A"), uuid("A/B")
    stored["companies"] = [
        {"uuid": short, "code": "A", "name": "A"},
        {"uuid": long, "code": "A/B", "name": "A, branch B"},
    ]
    stored["axes"] = {}
    stored["axis_values"] = {
        short: {"projects": [value_doc("B/OLD"), value_doc("B/SAME")]},
        long: {"projects": [value_doc("OLD"), value_doc("SAME")]},
    }
    rows = [
        value_row("PROJECT", "A", "B/NEW"),
        value_row("PROJECT", "A/B", "NEW"),
        value_row("PROJECT", "A", "B/SAME", description="changed"),
        value_row("PROJECT", "A/B", "SAME", date_from="soon"),
    ]
    return World(agresso_analytics=rows, n2f=stored)


def nearly_empty_n2f() -> World:
    """What N2F should never hold: companies without a code, empty documents, users without a mail."""
    stored = n2f([{}, {"mail": None}, {"mail": " "}])
    for company in ("X", "Y"):
        stored["companies"].append({"uuid": uuid(company)})
        stored["axes"][uuid(company)] = [
            {"uuid": "a", "names": names("plaque")},
            {"uuid": "b", "names": names("Plaque")},
            {},
        ]
        stored["axis_values"][uuid(company)] = {
            "projects": [{}, {"code": None}, {"code": "P"}, {"code": "P "}]
        }
    return World(n2f=stored, agresso_analytics=[dict.fromkeys(value_row("", "", ""))])


@pytest.mark.parametrize(
    "world", [companies_with_slashes(), nearly_empty_n2f()], ids=["slashes", "nearly empty"]
)
def test_data_tests_pass_on_what_nobody_expects(lab: Lab, data_tests: DataTests, world: World) -> None:
    holds_on(lab, data_tests, world)


def test_data_tests_pass_on_random_worlds(lab: Lab, data_tests: DataTests) -> None:
    @lab.examples(40)
    @given(world=worlds())
    def pass_on(world: World) -> None:
        holds_on(lab, data_tests, world)

    pass_on()


def test_data_tests_pass_on_random_worlds_that_cross_the_limits(lab: Lab, data_tests: DataTests) -> None:
    @lab.examples(4)
    @given(world=guarded_worlds())
    def pass_on(world: World) -> None:
        holds_on(lab, data_tests, world)

    pass_on()
