"""The edits of docs/changing-the-models.md, made as they stand there in a copy of the project, change the requests.

All of them are made in one copy, in the order of the page, and built once: none of them stands in another's way.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import ROOT, Engine, Environment
from tests.models.comparison import PlannedChange, encoded, read_changes, read_selection
from tests.models.compiled import NO_TESTS, dbt, dbt_environment
from tests.models.loading import load_agresso, load_snapshot
from tests.reference.builders import n2f, names, user_doc, user_row, uuid, value_doc, value_row
from tests.reference.world import World

GUIDE = ROOT / "docs" / "changing-the-models.md"
EDIT = re.compile(
    r"In `(?P<path>[^`]+)`, replace\n\n```\w+\n(?P<old>.*?)```\n\nby\n\n```\w+\n(?P<new>.*?)```", re.DOTALL
)
OF_THE_PLAN = (
    "Change a mapping", "Change a default", "Change a role's name", "Protect a role", "Protect someone",
    "Send one more field of the view", "Send the SSO login", "Send the second auxiliary account",
    "Stop comparing a field", "Change what goes first", "Add an axis",
)  # fmt: skip
"""The sections whose edits change the plan; `OF_THE_TESTS` changes dbt's unit tests."""
OF_THE_TESTS = "Test the edit"
FIELDS = {
    "defaultCostCenter": "Send one more field of the view",
    "ssoLogin": "Send the SSO login",
    "accountingAuxiliaryNotReimbursableAccount": "Send the second auxiliary account",
}
Plan = dict[str, PlannedChange]


def sections() -> dict[str, str]:
    """The guide by heading."""
    parts = re.split(r"^## (.+)$", GUIDE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def world() -> World:
    """People and a project in step but for what a section is about, leavers, one whom no edit touches, a department."""
    in_n2f = dict.fromkeys(FIELDS, "")
    stored = n2f([
        user_doc("ann@firm.example", **in_n2f | {"defaultCostCenter": "CC1"}, jobTitle="Chef", firstname="Anne"),
        user_doc("bob@firm.example", **in_n2f | {"defaultCostCenter": "CC2", "ssoLogin": "B0042"}),
        user_doc("sam@firm.example", **in_n2f, lastname="SAM", structure="L1"),
        user_doc("accountant@firm.example", role="Boekhouder"),
        user_doc("left@firm.example"),
        user_doc("away@firm.example"),
    ], {("BE", "projects"): [value_doc("P1"), value_doc("P9")]})  # fmt: skip
    axis = uuid("BE-departement")
    stored["axes"][uuid("BE")].append({"uuid": axis, "names": names("Departement", "Afdeling")})
    stored["axis_values"][uuid("BE")][axis] = []
    return World(
        agresso_users=[
            user_row("ann@firm.example", Centre_Cout="CC1"),
            user_row(
                "bob@firm.example", Centre_Cout="CC3", Champs_Liaison_SSO="B0043", Compte_Auxiliaire2="F9"
            ),
            user_row("sam@firm.example", Nom="SAM", Structure="L1"),
            user_row("new@firm.example", Structure=None, Champs_Liaison_SSO="N1"),
            user_row("aide@firm.example", Role="Aide-Comptable"),
        ],
        agresso_analytics=[value_row("DEPARTMENT", "BE", "D1"), value_row("PROJECT", "BE", "P1")],
        n2f=stored,
    )


@pytest.fixture(scope="module")
def prepared(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A database on which the loader has landed the world, and on which project after project is built."""
    folder = tmp_path_factory.mktemp("prepared")
    with engine.database(folder) as database:
        environment = dbt_environment(folder) | database
        dbt("run-operation", "create_loader_tables", environment=environment)
        with engine.connect(environment) as connection:
            load_agresso(connection, engine, environment, world())
            load_snapshot(connection, world())
        yield environment


@pytest.fixture(scope="module")
def plans(
    engine: Engine, prepared: Environment, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Plan, Plan]:
    """The plan by entity without any edit, and the one with all of them."""
    found = []
    for headings in ((), OF_THE_PLAN):
        project = copy_of_project(tmp_path_factory.mktemp("edited") / "project")
        for heading in headings:
            make_edits(project, sections()[heading])
        dbt("build", "--project-dir", str(project), *NO_TESTS, environment=prepared)
        with engine.connect(prepared) as connection:
            found.append({change.entity_key: change for change in read_changes(connection)})
    before, after = found
    return before, after


@pytest.fixture
def before(plans: tuple[Plan, Plan]) -> Plan:
    """The plan without any edit."""
    return plans[0]


@pytest.fixture
def after(plans: tuple[Plan, Plan]) -> Plan:
    """The plan with all of them."""
    return plans[1]


def copy_of_project(folder: Path) -> Path:
    """Copy the project, unedited."""
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project")
    shutil.copy(ROOT / "dbt_project.yml", folder)
    return folder


def make_edits(project: Path, section: str) -> None:
    """Replace what the section says; what it quotes has to stand in the file once."""
    edits = list(EDIT.finditer(section))
    assert edits, "the section describes no edit"
    for edit in edits:
        path = project / edit["path"]
        text = path.read_text()
        found = text.count(edit["old"])
        assert found == 1, f"{edit['path']} holds {edit['old']!r} {found} times"
        path.write_text(text.replace(edit["old"], edit["new"]))


def payload(plan: Plan, key: str) -> dict[str, object]:
    """The body of a change's request."""
    body = plan[key].payload
    assert body is not None
    return body


def test_without_an_edit_the_plan_is_what_the_sections_start_from(before: Plan) -> None:
    assert {key: change.action for key, change in before.items()} == {
        "ann@firm.example": "update", "new@firm.example": "create", "accountant@firm.example": "delete",
        "left@firm.example": "delete", "away@firm.example": "delete",
        "BE/P9": "delete",
    }  # fmt: skip
    assert before["ann@firm.example"].changed_columns == {"firstname", "jobTitle"}
    assert payload(before, "new@firm.example")["lastname"] == "Lee"
    assert payload(before, "new@firm.example")["structure"] == "L3"
    assert set(FIELDS) & set(payload(before, "new@firm.example")) == set()


def test_whom_no_edit_is_about_is_planned_as_before(before: Plan, after: Plan) -> None:
    assert {"sam@firm.example"} & (set(before) | set(after)) == set()
    assert (after["away@firm.example"].action, after["away@firm.example"].decision) == ("delete", "send")
    assert set(after) == {
        "ann@firm.example", "bob@firm.example", "new@firm.example", "aide@firm.example", "away@firm.example",
        "BE/D1", "BE/P9",
    }  # fmt: skip


def test_a_mapping_is_changed_in_one_line(after: Plan) -> None:
    assert payload(after, "new@firm.example")["lastname"] == "LEE"
    assert "lastname" in after["bob@firm.example"].changed_columns


def test_a_default_is_changed_in_one_line(after: Plan) -> None:
    assert payload(after, "new@firm.example")["structure"] == "L2"
    assert "structure" in after["bob@firm.example"].changed_columns


def test_a_role_that_n2f_calls_otherwise_is_named_in_one_place(before: Plan, after: Plan) -> None:
    assert "aide@firm.example" not in before
    assert payload(after, "aide@firm.example")["role"] == "Comptable"
    assert payload(after, "new@firm.example")["role"] == "Utilisateur"


def test_a_role_is_protected_by_one_line_of_a_seed(after: Plan) -> None:
    assert "accountant@firm.example" not in after


def test_a_person_is_protected_by_one_line_of_a_seed(after: Plan) -> None:
    assert "left@firm.example" not in after


@pytest.mark.parametrize(
    ("field", "new", "old", "in_step"),
    [
        ("defaultCostCenter", "CC3", "CC2", "CC1"),
        ("ssoLogin", "B0043", "B0042", ""),
        ("accountingAuxiliaryNotReimbursableAccount", "F9", "", ""),
    ],
)
def test_a_field_that_the_view_has_is_sent_and_compared(
    after: Plan, field: str, new: str, old: str, in_step: str
) -> None:
    assert payload(after, "bob@firm.example")[field] == new
    assert (after["bob@firm.example"].previous or {})[field] == old
    assert field in after["bob@firm.example"].changed_columns
    assert payload(after, "ann@firm.example")[field] == in_step
    assert field not in after["ann@firm.example"].changed_columns
    assert len(payload(after, "new@firm.example")) == 19 + len(FIELDS)


def test_a_field_left_out_of_the_comparison_is_still_sent(after: Plan) -> None:
    assert after["ann@firm.example"].changed_columns == {"firstname", "lastname", "structure"}
    assert payload(after, "ann@firm.example")["jobTitle"] == "Clerk"


def test_an_axis_is_one_more_row_of_a_seed(after: Plan) -> None:
    assert (after["BE/D1"].scope, after["BE/D1"].action) == ("departments", "create")
    assert after["BE/D1"].path == encoded(("companies", uuid("BE"), "axes", uuid("BE-departement")))


def test_an_edit_of_a_rule_fails_its_unit_test_until_that_says_so_too(
    plans: tuple[Plan, Plan],  # noqa: ARG001 - unit tests look at the relations that a build has made
    prepared: Environment,
    tmp_path: Path,
) -> None:
    project = copy_of_project(tmp_path / "project")
    for heading in ("Change a default", "Change a role's name"):
        make_edits(project, sections()[heading])
    (command,) = re.findall(r"^\.venv/bin/dbt (test .+)$", sections()[OF_THE_TESTS], flags=re.MULTILINE)
    assert failures(project, command, prepared) == {
        "an_empty_structure_is_l3", "rows_that_mean_the_same_are_mapped_to_the_same",
    }  # fmt: skip
    make_edits(project, sections()[OF_THE_TESTS])
    assert failures(project, command, prepared) == set()
    assert (
        "an_aide_comptable_is_comptable"
        in (Path(prepared["DBT_TARGET_PATH"]) / "run_results.json").read_text()
    )


def failures(project: Path, command: str, environment: Environment) -> set[str]:
    """The dbt tests that a command finds failing."""
    try:
        dbt(*command.split(), "--project-dir", str(project), environment=environment)
    except AssertionError as error:
        return set(re.findall(r"Failure in unit_test (\w+)", str(error)))
    return set()


def test_what_goes_first_is_one_line_of_a_seed(engine: Engine, prepared: Environment, after: Plan) -> None:
    assert max(change.sequence for change in after.values()) == after["BE/P9"].sequence
    with engine.connect(prepared) as connection:
        assert read_selection(connection)[0][1] == "BE/P9"


def test_edits_that_change_no_rule_pass_the_projects_own_tests(engine: Engine, tmp_path: Path) -> None:
    project = copy_of_project(tmp_path / "project")
    for heading in (
        "Protect a role", "Protect someone", "Stop comparing a field", "Change what goes first", "Add an axis",
    ):  # fmt: skip
        make_edits(project, sections()[heading])
    with engine.database(tmp_path) as database:
        dbt("build", "--project-dir", str(project), environment=dbt_environment(tmp_path) | database)


def test_every_section_that_describes_an_edit_is_tried() -> None:
    described = [heading for heading, text in sections().items() if EDIT.search(text)]
    assert described == [*OF_THE_PLAN, OF_THE_TESTS]


def test_names_that_n2f_does_not_document_are_marked_where_they_stand_first() -> None:
    for field, heading in FIELDS.items():
        told = sections()[heading].partition("In `")[0]
        assert f"`{field}`" in told
        assert "(unconfirmed)" in told
