"""What needs a person stands most urgent first, each with what to do; every reason has a remedy."""

from __future__ import annotations

import csv
import re
from dataclasses import replace

import pytest
import yaml

from demo.harness import DemoN2F
from loader import render_summary
from loader.database import Warehouse
from loader.errors import NetworkError
from loader.findings import FieldNotCompared, Findings, Rejected
from loader.needs import Remedies, needs_of
from loader.settings import SyncSettings
from tests.demo.client import make_user
from tests.loader.test_summary import BROKEN, add_guard, planned, pushed, reject, text
from tests.loader.workbench import ROOT, user

DBT = ROOT / "dbt_project"


def seed() -> set[tuple[str, str]]:
    """The kinds and reasons of the seed."""
    with (DBT / "seeds" / "remedies.csv").open(newline="") as file:
        return {(row["kind"], row["reason"]) for row in csv.DictReader(file)}


def accepted(model: str, name: str) -> set[str]:
    """The words that a data test of a diff model accepts."""
    models = yaml.safe_load((DBT / "models" / "diff" / "_diff__models.yml").read_text())["models"]
    (tests,) = (each["data_tests"] for each in models if each["name"] == model)
    lists = (each["accepted_values"] for each in tests if "accepted_values" in each)
    (values,) = (each["arguments"]["values"] for each in lists if each.get("name") == name)
    return set(values)


def test_every_reason_of_the_models_has_a_remedy_and_every_remedy_a_reason() -> None:
    reasons = accepted("rejected_rows", "rejected_rows_give_a_known_reason")
    assert {reason for kind, reason in seed() if kind == "rejected"} == reasons
    model = (DBT / "models" / "diff" / "push_safety.sql").read_text().split("as verdict")[0]
    verdicts = set(re.findall(r"(?:then|else) '(\w+)'", model)) - {"ok"}
    assert {reason for kind, reason in seed() if kind == "guard"} == verdicts


def test_every_kind_that_can_be_told_has_a_remedy(warehouse: Warehouse, n2f: DemoN2F) -> None:
    add_guard(warehouse, "over_limit")
    reject(warehouse)
    rows = [
        user("bad", payload=make_user("bad@fictis.example", role="Empereur")),
        user("dev", needs=["bad"]),
        user("a"),
        user("rest"),
    ]
    found = pushed(warehouse, n2f, rows, max_writes=2, settings=SyncSettings())
    findings = replace(
        found.findings,
        fields_not_compared=(
            FieldNotCompared(scope="users", field="culture", reason="not_carried", list_count=1),
            FieldNotCompared(scope="users", field="structure", reason="left_out", list_count=1),
        ),
    )
    remembered = pushed(warehouse, n2f, rows[:1]).remembered
    whole = replace(found, findings=findings, error=BROKEN, remembered=remembered)
    needs = needs_of(whole, Remedies.read(warehouse))
    assert [need.kind for need in needs] == [
        "error", "guard", "failing", "failed", "skipped", "rejected", "left", "not_compared",
    ]  # fmt: skip
    assert not any("seed remedies" in need.remedy for need in needs)
    kinds = {kind for kind, _ in seed()}
    assert kinds == {need.kind for need in needs} | {"flapping"}
    assert [need.text for need in needs if need.kind == "not_compared"] == [
        "1 field of users not compared: not_carried"
    ]
    assert not any("fictis.example" in need.text + need.remedy for need in needs)


def test_a_summary_shows_the_need_the_remedy_and_the_command(warehouse: Warehouse) -> None:
    add_guard(warehouse, "over_limit")
    reject(warehouse)
    found = planned(warehouse, [user("c", action="delete", decision="withheld", reason="guard")])
    said = " ".join(text(render_summary.summary(found)).split())
    guard, rejected = (
        said.index("1. Withheld by a guard: 14 of 39."),
        said.index("2. 1 row of users is rejected"),
    )
    assert guard < said.index("n2f-sync run --allow-mass-delete") < rejected
    assert said.index("→ Correct the date in Agresso", rejected) > rejected
    assert [need["kind"] for need in found.to_json()["needs"]] == ["guard", "rejected"]


def test_the_table_counts_rejected_rows_of_a_scope_and_every_status(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    reject(warehouse)
    said = " ".join(
        text(render_summary.summary(pushed(warehouse, n2f, [user("a")]))).replace("│", " ").split()
    )
    heads = "scope ┃ action ┃ to send ┃ succeeded ┃ failed ┃ skipped ┃ withheld ┃ left ┃ rejected ┃ off"
    assert heads in said
    assert "users create 1 1 0 0 0 0 0" in said
    assert "users any 1" in said


def test_staff_say_what_is_urgent_and_what_to_do(warehouse: Warehouse) -> None:
    add_guard(warehouse, "over_limit")
    reject(warehouse)
    warehouse.execute(
        "update {n2f_staging.remedies} set urgency = 1, remedy = 'Ring Mary.' where reason = 'bad_date'"
    )
    needs = planned(warehouse, []).needs
    assert (needs[0].kind, needs[0].remedy) == ("rejected", "Ring Mary.")
    warehouse.execute("update {n2f_staging.remedies} set urgency = 69 where reason = 'bad_date'")
    assert [need.kind for need in planned(warehouse, []).needs] == ["guard", "rejected"]
    warehouse.execute(
        "update {n2f_staging.remedies} set remedy = 'Correct the date in Agresso' where urgency = 69"
    )


@pytest.mark.parametrize("reason", ["bad_date", "a_new_one"])
def test_a_reason_that_the_seed_does_not_have_is_told_all_the_same(warehouse: Warehouse, reason: str) -> None:
    findings = Findings(rejected=(Rejected(scope="users", reason=reason, row_count=2),))
    found = replace(planned(warehouse, []), findings=findings)
    (need,) = needs_of(found, Remedies.read(warehouse))
    assert need.text == f"2 rows of users are rejected: {reason}"
    assert ("seed remedies" in need.remedy) is (reason == "a_new_one")


def test_a_run_that_is_in_step_needs_nobody(warehouse: Warehouse, n2f: DemoN2F) -> None:
    found = pushed(warehouse, n2f, [user("a")])
    assert found.needs == ()
    assert "What needs a person" not in text(render_summary.summary(found))


def test_the_error_that_stopped_a_run_is_named_by_kind_alone(warehouse: Warehouse) -> None:
    error = NetworkError("names prudence@fictis.example", doing="x", remedy="y")
    found = replace(planned(warehouse, []), error=error)
    assert [need.text for need in needs_of(found, Remedies.read(warehouse))] == [
        "Stopped by an error (network)"
    ]
