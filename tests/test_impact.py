"""`n2f-sync impact`: an edit of the models, in a repository of its own, shows exactly the rows that it changes."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from loader import impact_markdown, render_impact
from loader.config import load_sync_settings
from loader.errors import ConfigurationError, DatabaseError, DataError, UsageError
from loader.impact import impact_of
from loader.impacted import Impact, ImpactRow, Turn
from loader.planned_rows import FieldChange
from loader.progress import LogProgress
from loader.revision import export_project, find_revision
from loader.workplace import Workplace
from tests.end_to_end import Site, site_on
from tests.engines import ROOT, Engine
from tests.models.compiled import dbt, dbt_environment

PROJECT = "n2f"
"""The project stands in a folder of its repository: nothing takes the repository's root for the project's."""
MAPPED = "dbt_project/models/intermediate/users/int_users_mapped.sql"
SEEDS = "dbt_project/seeds"
ROSE, ROGER = "rose.grandchef@fictis.example", "roger.partancier@fictis.example"
EDITS = (
    (MAPPED, "coalesce(agresso_users.structure, 'L3')", "coalesce(agresso_users.structure, 'L2')"),
    (MAPPED, "coalesce(role, 'Utilisateur')", "replace(coalesce(role, 'Utilisateur'), 'Grand chef', 'Valideur')"),
    (f"{SEEDS}/compared_fields.csv", "users,jobTitle,true", "users,jobTitle,false"),
    # The second one is no mail: a dbt test fails, and tonight's run would stop.
    (f"{SEEDS}/protected_mails.csv", "mail\n", f"mail\n{ROGER}\nnobody\n"),
    (f"{SEEDS}/axis_scopes.csv", "plates,PLAQUE", "departments,DEPARTMENT,,departement\nplates,PLAQUE"),
    (f"{SEEDS}/guard_limits.csv", "axis_values,delete,10,10", "axis_values,delete,40,10"),
)  # fmt: skip
"""File, what stands there, what the working tree has instead."""


def git(folder: Path, *arguments: str) -> str:
    """Run git, as nobody in particular."""
    identity = ("-c", "user.name=Staff", "-c", "user.email=staff@firm.example", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def write(project: Path, name: str, old: str, new: str) -> None:
    """Edit a file of the project."""
    path = project / name
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def commit(project: Path, message: str) -> None:
    """Commit all there is."""
    git(project, "add", "--all", ".")
    git(project, "commit", "--quiet", "--message", message)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project in a repository with one commit, tagged `sound`."""
    repository = tmp_path_factory.mktemp("repository")
    folder = repository / PROJECT
    shutil.copytree(ROOT / "dbt_project", folder / "dbt_project")
    shutil.copy(ROOT / "dbt_project.yml", folder)
    git(repository, "init", "--quiet", "--initial-branch=main")
    commit(folder, "Begin")
    git(repository, "tag", "sound")
    return folder


@pytest.fixture(scope="module")
def site(engine: Engine, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample, with a snapshot that read departments too: a night with the edited models would."""
    folder = tmp_path_factory.mktemp("site")
    with DemoN2F(sample_world()) as n2f, site_on(engine, folder, n2f) as site:
        site.environment["DBT_PROJECT_DIR"] = str(project)
        site.load_agresso(agresso_rows())
        for name, old, new in EDITS:
            write(project, name, old, new)
        assert site.command("snapshot").code == 0
        git(project, "checkout", "--quiet", ".")
        yield site


def place_of(site: Site, project: Path, **options: bool) -> Workplace:
    """The site as a command in this process has it."""
    settings = load_sync_settings(site.environment, **options)
    return Workplace(root=project, env=site.environment, settings=settings, progress=LogProgress())


@pytest.fixture(scope="module")
def found(site: Site, project: Path) -> Impact:
    """What the edits change, not committed, with deletes on."""
    for name, old, new in EDITS:
        write(project, name, old, new)
    before = left_alone(site, project)
    impact = impact_of(place_of(site, project, delete=True), "HEAD")
    assert left_alone(site, project) == before
    git(project, "checkout", "--quiet", ".")
    return impact


def left_alone(site: Site, project: Path) -> object:
    """What no look may change: the site's files byte for byte where they are files, its runs, and the repository."""
    files = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.folder.iterdir())
        if path.is_file()
    }
    tables = site.rows("select table_schema, table_name from information_schema.tables order by 1, 2")
    runs = site.rows("select count(*) from n2f_sync.runs")
    status = git(project.parent, "status", "--porcelain", "--ignored") + git(
        project.parent, "worktree", "list"
    )
    return files, tables, runs, status, len(site.n2f.stats["calls"])


def row(found: Impact, key: str) -> ImpactRow:
    """The one row of a key."""
    (only,) = (row for row in found.rows if row.entity_key == key)
    return only


def keys(found: Impact, presence: str, scope: str) -> set[str]:
    """The keys of a scope that come, go, or are other ones."""
    return {row.entity_key for row in found.rows if (row.presence, row.scope) == (presence, scope)}


def without_structure() -> set[str]:
    """The mails of the sample that leave the structure to the default."""
    rows = agresso_rows()["iris_N2F_User"]
    return {row["AdresseEmail"].strip().lower() for row in rows if not row["Structure"].strip()}


def test_an_edit_shows_exactly_the_rows_that_it_changes(found: Impact) -> None:
    assert keys(found, "new", "departments") == {"FIC/D20", "FIC/D30", "FIC/D90"}
    assert keys(found, "new", "users") | keys(found, "both", "users") == without_structure() | {ROSE}
    assert keys(found, "gone", "users") == {
        ROGER, "corinne.postelle@fictis.example", "pia.majuscule@fictis.example",
    }  # fmt: skip
    assert len(keys(found, "both", "subposts")) == 14
    assert keys(found, "both", "projects") | keys(found, "new", "projects") == set()
    assert len(found.rows) == 3 + len(without_structure()) + 1 + 3 + 14


def test_a_request_that_differs_says_in_which_fields(found: Impact) -> None:
    changed = row(found, "eva.defauwe@imagine.example")
    assert (changed.presence, changed.action) == ("both", Turn(before="create", now="create"))
    assert changed.request == (FieldChange(field="structure", old="L3", new="L2"),)


def test_a_change_that_one_plan_alone_has_says_what_it_does(found: Impact) -> None:
    gone = row(found, "corinne.postelle@fictis.example")
    assert [change.field for change in gone.effect] == ["jobTitle"]
    assert (gone.action.before, gone.action.now, gone.decision.before) == ("update", None, "send")
    new = row(found, "FIC/D30")
    assert {change.field for change in new.effect} >= {"code", "names"}


def test_a_guard_that_changes_its_verdict_turns_what_it_withheld(found: Impact) -> None:
    (guard,) = found.guards
    assert (guard.scope, guard.action, guard.verdict) == (
        "subposts",
        "delete",
        Turn(before="over_limit", now="ok"),
    )
    assert {
        (row.decision, row.reason) for row in found.rows if row.scope == "subposts"
    } == {(Turn(before="withheld", now="send"), Turn(before="guard", now=None))}  # fmt: skip


def test_rejected_rows_that_come_and_go_are_told(found: Impact) -> None:
    (rejection,) = found.rejections
    assert (rejection.presence, rejection.row.entity_key, rejection.row.reason) == (
        "gone",
        ROSE,
        "unknown_role",
    )


def test_a_field_that_is_no_longer_compared_is_told(found: Impact) -> None:
    (field,) = found.not_compared
    assert (field.field, field.reason, field.before, field.now) == ("jobTitle", "left_out", 0, 1)


def test_counts_are_those_of_the_two_plans(found: Impact) -> None:
    counts = {
        (count.scope, count.action, count.decision): (count.before, count.now) for count in found.counts
    }
    assert counts["departments", "create", "send"] == (0, 1)
    assert counts["subposts", "delete", "withheld"] == (14, 0)
    assert counts["subposts", "delete", "send"] == (0, 14)
    assert sum(now - before for before, now in counts.values()) == sum(
        {"new": 1, "gone": -1, "both": 0}[row.presence] for row in found.rows
    )


def test_a_dbt_test_that_fails_is_part_of_the_answer(found: Impact) -> None:
    assert found.failed_tests == ("protected_mails_are_mails",)


def test_the_text_has_every_kind_of_row(found: Impact) -> None:
    text = "\n".join(part for part in render_impact.impact(found, has_all=True) if isinstance(part, str))
    for line in (
        "A run would stop: these dbt tests fail now: protected_mails_are_mails.",
        "Guard of deletes of subposts: over_limit → ok (14 deletes of subposts",
        "Not compared: jobTitle of users (left_out) in 0 → 1 lists",
        '  ~ create users      eva.defauwe@imagine.example\n                 sends structure: "L3" → "L2"',
        "  ~ delete subposts   FIC/OLD01  \\[withheld: guard → send]",
        "  - delete users      roger.partancier@fictis.example",
        "  + create departments FIC/D30",
        "  - reject users      rose.grandchef@fictis.example  \\[unknown_role: ",
        "rows newly rejected: 0, no longer: 1. Nothing was sent",
    ):
        assert line in text, text


def test_markdown_is_one_block_that_no_value_can_leave(found: Impact) -> None:
    text = "\n".join(impact_markdown.impact(found))
    assert "| `subposts` | delete | withheld | 14 | **0** |" in text
    assert "\n+ create departments FIC/D30\n" in text
    assert len(text) < 65_536
    rows = tuple(
        ImpactRow(
            scope="users",
            entity_key=f"```\n| @somebody {number}",
            presence="gone",
            action=Turn(before="delete", now=None),
            decision=Turn(before="send", now=None),
            reason=Turn(before=None, now=None),
            changed_fields=Turn(before=None, now=None),
            request=(),
            effect=(),
        )
        for number in range(3)
    )
    hostile = "\n".join(impact_markdown.impact(replace(found, rows=rows)))
    assert "\n````diff\n" in hostile
    assert "\n| @somebody" not in hostile


def test_a_snapshot_that_no_plan_would_be_made_of_is_told(found: Impact) -> None:
    assert found.blockers == ()
    reason = {"message": "the snapshot did not read every list", "remedy": "take a new one"}
    text = list(render_impact.impact(replace(found, blockers=(reason,))))
    assert (
        "No plan would be made of this snapshot now: the snapshot did not read every list."
        " Best take a new one, and ask again."
    ) in text


def test_a_long_answer_is_cut_and_says_so(found: Impact) -> None:
    many = tuple(row(found, "eva.defauwe@imagine.example") for _ in range(render_impact.SHOWN + 5))
    text = [part for part in render_impact.impact(replace(found, rows=many)) if isinstance(part, str)]
    assert sum("eva.defauwe" in line for line in text) == render_impact.SHOWN
    assert "5 more rows: --rows shows all of them." in text
    wide = (FieldChange(field="names", old="x" * 200, new="y" * 200),) * 200
    long = tuple(replace(one, request=wide) for one in many)
    markdown = "\n".join(impact_markdown.impact(replace(found, rows=long)))
    assert len(markdown) < 65_536
    assert "more lines: `n2f-sync impact --rows` shows all of them" in markdown


def test_json_holds_the_same(found: Impact) -> None:
    told = json.loads(json.dumps(found.to_json() | {"rows": [row.to_json() for row in found.rows]}))
    assert (told["is_none"], told["settings"]["actions"]) == (False, ["create", "delete", "update"])
    assert len(told["rows"]) == len(found.rows)


def test_models_that_are_the_same_make_no_difference(site: Site, project: Path) -> None:
    ended = site.command("impact", "--against", "sound", "--json")
    assert ended.code == 0, ended.err
    told = ended.json()
    assert (told["is_none"], told["rows"], told["rejected_rows"], told["failed_tests"]) == (True, [], [], [])
    assert told["against"] == {"name": "sound", "commit": git(project, "rev-parse", "sound").strip()}
    assert "fictis.example" not in ended.err


def test_models_of_the_other_revision_that_do_not_build_are_named(site: Site, project: Path) -> None:
    write(project, "dbt_project/models/settings/run_settings.sql", "select\n", "select no_such_column,\n")
    commit(project, "Break it")
    git(project, "tag", "broken")
    git(project, "reset", "--quiet", "--hard", "sound")
    with pytest.raises(DatabaseError, match="run_settings") as error:
        impact_of(place_of(site, project), "broken")
    assert "building the models of broken (" in error.value.doing
    assert error.value.remedy == "Name a revision whose models build."


def test_models_of_the_working_tree_that_do_not_build_are_named(site: Site, project: Path) -> None:
    write(project, MAPPED, "agresso_users.nom as lastname", "{{ no_such_macro() }} as lastname")
    try:
        with pytest.raises(DatabaseError, match="no_such_macro") as error:
            impact_of(place_of(site, project), "sound")
    finally:
        git(project, "checkout", "--quiet", ".")
    assert "the models of the working tree" in error.value.doing


def test_a_run_at_work_is_five(site: Site) -> None:
    database = site.database()
    with database.lock(), database.connect(holds_lock=True):
        ended = site.command("impact", "--against", "sound")
    assert (ended.code, ended.out) == (5, "")
    assert "run is at work" in ended.err


def test_an_unknown_revision_is_a_wrong_usage(site: Site) -> None:
    ended = site.command("impact", "--against", "no-such-branch")
    assert (ended.code, ended.out) == (2, "")
    assert "the repository has no revision 'no-such-branch'" in ended.err
    assert site.command("impact", "--against", "sound", "--json", "--markdown").code == 2


def test_a_site_without_a_snapshot_says_what_to_do(engine: Engine, project: Path, tmp_path: Path) -> None:
    with DemoN2F(sample_world()) as n2f, site_on(engine, tmp_path, n2f) as bare:
        with pytest.raises(DataError, match="no complete snapshot") as error:
            impact_of(place_of(bare, project), "sound")
        assert "n2f-sync snapshot" in error.value.remedy
        bare.load_agresso({})
        with pytest.raises(DataError, match="no complete snapshot"):
            impact_of(place_of(bare, project), "sound")


def test_a_profile_that_names_the_sites_own_tables_is_refused(
    site: Site, project: Path, tmp_path: Path
) -> None:
    if site.engine.name != "duckdb":
        pytest.skip("the profile is written for the embedded engine")
    path = site.environment["N2F_SYNC_DUCKDB_PATH"]
    (tmp_path / "profiles.yml").write_text(
        f"n2f_sync: {{target: duckdb, outputs: {{duckdb: {{type: duckdb, path: '{path}', schema: n2f_staging}}}}}}"
    )
    place = place_of(site, project)
    env = site.environment | {"DBT_PROFILES_DIR": str(tmp_path)}
    fixed = Workplace(root=project, env=env, settings=place.settings, progress=LogProgress())
    before = left_alone(site, project)
    with pytest.raises(ConfigurationError, match="does not read N2F_SYNC_DUCKDB_PATH"):
        impact_of(fixed, "sound")
    assert left_alone(site, project) == before


def test_what_empties_a_scratch_database_refuses_every_other(
    engine: Engine, site: Site, tmp_path: Path
) -> None:
    before = site.rows("select count(*) from n2f_raw.users")
    with pytest.raises(AssertionError, match="is not a scratch database of n2f-sync impact"):
        dbt("run-operation", "drop_impact_schemas", environment=site.environment)
    assert site.rows("select count(*) from n2f_raw.users") == before
    with engine.database(tmp_path) as database:
        environment = dbt_environment(tmp_path) | database
        dbt("run-operation", "create_loader_tables", environment=environment)
        with engine.connect(environment) as connection:
            connection.execute("create schema n2f_impact")
            connection.execute("create table n2f_impact.scratch (is_scratch integer)")
        dbt("run-operation", "drop_impact_schemas", environment=environment)
        with engine.connect(environment) as connection:
            left = connection.execute(
                "select table_schema from information_schema.tables where table_schema like 'n2f%'"
            )
            assert left.fetchall() == []


# The revision


def test_a_revision_is_taken_as_files_and_leaves_nothing_behind(project: Path, tmp_path: Path) -> None:
    write(project, f"{SEEDS}/protected_mails.csv", "mail\n", "mail\nann@firm.example\n")
    before = git(project, "status", "--porcelain")
    files = export_project(project, find_revision(project, "sound"), tmp_path / "files")
    assert (files / SEEDS / "protected_mails.csv").read_text() == "mail\n"
    assert (git(project, "status", "--porcelain"), git(project, "stash", "list")) == (before, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files"]
    git(project, "checkout", "--quiet", ".")


def test_a_revision_without_a_dbt_project_is_refused(project: Path, tmp_path: Path) -> None:
    tree = git(project, "hash-object", "-w", "-t", "tree", "/dev/null").strip()
    empty = git(project, "commit-tree", "-m", "Empty", tree).strip()
    with pytest.raises(ConfigurationError, match=r"holds no dbt_project\.yml"):
        export_project(project, find_revision(project, empty), tmp_path / "files")


@pytest.mark.parametrize("name", ["no-such", "--help", "HEAD:n2f", "sound^{tree}", " "])
def test_what_is_no_commit_is_a_wrong_usage(project: Path, name: str) -> None:
    with pytest.raises(UsageError):
        find_revision(project, name)


def test_a_folder_outside_of_any_repository_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(ConfigurationError, match="is in no git repository"):
        find_revision(tmp_path, "main")


def test_a_machine_without_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="git is not installed"):
        find_revision(tmp_path, "main")
