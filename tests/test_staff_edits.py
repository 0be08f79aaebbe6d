"""The edits of docs/changing-the-models.md, made as they stand there in a copy of the project, change the requests."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
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
Plan = dict[str, PlannedChange]
PlanAfter = Callable[[str | None], Plan]


def sections() -> dict[str, str]:
    """The guide by heading."""
    parts = re.split(r"^## (.+)$", GUIDE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def world() -> World:
    """Two people in step, one with another job title in N2F, an accountant and a project that left, a department."""
    stored = n2f([
        user_doc("ann@firm.example", jobTitle="Chef", costCenter="CC1", firstname="Anne"),
        user_doc("bob@firm.example", costCenter="CC2"),
        user_doc("gone@firm.example", role="Boekhouder", costCenter=""),
    ], {("BE", "projects"): [value_doc("P1"), value_doc("P9")]})  # fmt: skip
    axis = uuid("BE-departement")
    stored["axes"][uuid("BE")].append({"uuid": axis, "names": names("Departement", "Afdeling")})
    stored["axis_values"][uuid("BE")][axis] = []
    return World(
        agresso_users=[
            user_row("ann@firm.example", Centre_Cout="CC1"),
            user_row("bob@firm.example", Centre_Cout="CC3"),
            user_row("new@firm.example", Structure=None),
        ],
        agresso_analytics=[value_row("DEPARTMENT", "BE", "D1"), value_row("PROJECT", "BE", "P1")],
        n2f=stored,
    )


@pytest.fixture(scope="module")
def prepared(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """A database on which the loader has landed the world, and on which edit after edit is built."""
    folder = tmp_path_factory.mktemp("prepared")
    with engine.database(folder) as database:
        environment = dbt_environment(folder) | database
        dbt("run-operation", "create_loader_tables", environment=environment)
        with engine.connect(environment) as connection:
            load_agresso(connection, engine, environment, world())
            load_snapshot(connection, world())
        yield environment


@pytest.fixture
def plan_after(engine: Engine, prepared: Environment, tmp_path: Path) -> PlanAfter:
    """Make the edits of a section in a copy of the project, build it, and return its plan by entity."""

    def build(heading: str | None) -> Plan:
        project = copy_of_project(tmp_path / "project")
        if heading:
            make_edits(project, sections()[heading])
        dbt("build", "--project-dir", str(project), *NO_TESTS, environment=prepared)
        with engine.connect(prepared) as connection:
            return {change.entity_key: change for change in read_changes(connection)}

    return build


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


def test_without_an_edit_the_plan_is_what_the_sections_start_from(plan_after: PlanAfter) -> None:
    plan = plan_after(None)
    assert {key: change.action for key, change in plan.items()} == {
        "ann@firm.example": "update", "new@firm.example": "create", "gone@firm.example": "delete",
        "BE/P9": "delete",
    }  # fmt: skip
    assert plan["ann@firm.example"].changed_columns == {"firstname", "jobTitle"}
    assert payload(plan, "new@firm.example")["lastname"] == "Lee"
    assert payload(plan, "new@firm.example")["structure"] == "L3"
    assert "costCenter" not in payload(plan, "new@firm.example")


def test_a_mapping_is_changed_in_one_line(plan_after: PlanAfter) -> None:
    plan = plan_after("Change a mapping")
    assert payload(plan, "new@firm.example")["lastname"] == "LEE"
    assert "lastname" in plan["bob@firm.example"].changed_columns


def test_a_default_is_changed_in_one_line(plan_after: PlanAfter) -> None:
    plan = plan_after("Change a default")
    assert payload(plan, "new@firm.example")["structure"] == "L2"
    assert plan["bob@firm.example"].changed_columns == {"structure"}


def test_a_role_is_protected_by_one_line_of_a_seed(plan_after: PlanAfter) -> None:
    assert "gone@firm.example" not in plan_after("Protect a role")


def test_a_field_that_the_view_has_is_sent_and_compared(plan_after: PlanAfter) -> None:
    plan = plan_after("Send one more field of the view")
    assert payload(plan, "ann@firm.example")["costCenter"] == "CC1"
    assert "costCenter" not in plan["ann@firm.example"].changed_columns
    assert plan["bob@firm.example"].changed_columns == {"costCenter"}
    assert (plan["bob@firm.example"].previous or {})["costCenter"] == "CC2"


def test_a_field_left_out_of_the_comparison_is_still_sent(plan_after: PlanAfter) -> None:
    plan = plan_after("Stop comparing a field")
    assert plan["ann@firm.example"].changed_columns == {"firstname"}
    assert payload(plan, "ann@firm.example")["jobTitle"] == "Clerk"


def test_an_axis_is_one_more_row_of_a_seed(plan_after: PlanAfter) -> None:
    plan = plan_after("Add an axis")
    assert (plan["BE/D1"].scope, plan["BE/D1"].action) == ("departments", "create")
    assert plan["BE/D1"].path == encoded(("companies", uuid("BE"), "axes", uuid("BE-departement")))


def test_what_goes_first_is_one_line_of_a_seed(
    engine: Engine, prepared: Environment, plan_after: PlanAfter
) -> None:
    plan = plan_after("Change what goes first")
    assert max(change.sequence for change in plan.values()) == plan["BE/P9"].sequence
    with engine.connect(prepared) as connection:
        assert [key for _, key in read_selection(connection)] == [
            "BE/P9", "gone@firm.example", "new@firm.example", "ann@firm.example",
        ]  # fmt: skip


def test_edits_that_change_no_rule_pass_the_projects_own_tests(engine: Engine, tmp_path: Path) -> None:
    project = copy_of_project(tmp_path / "project")
    for heading in ("Protect a role", "Stop comparing a field", "Change what goes first", "Add an axis"):
        make_edits(project, sections()[heading])
    with engine.database(tmp_path) as database:
        dbt("build", "--project-dir", str(project), environment=dbt_environment(tmp_path) | database)


def test_every_section_that_describes_an_edit_is_tried() -> None:
    described = {heading for heading, text in sections().items() if EDIT.search(text)}
    tried = set(re.findall(r'plan_after\("([^"]+)"\)', Path(__file__).read_text()))
    assert described == tried
