"""What cannot run here (a server's script, a container, workflows) is read closely; documents say what is there."""

from __future__ import annotations

import re
import subprocess
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tsql.grammar import VERSIONS, errors_by_batch

ROOT = Path(__file__).resolve().parents[1]
DBT = ROOT / "dbt_project"
CROSS_DB = DBT / "macros" / "cross_db"
DOCS = ROOT / "docs"
SETUP = DOCS / "sql-server" / "setup.sql"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LINKED = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]

MAY_WRITE = {("impact", "comment")}
"""Jobs with rights of their own; `tests/test_impact_workflow.py` looks at what they do with them."""

GO = re.compile(r"(?im)^go$")
SETVAR = re.compile(r"(?m)^:setvar (\w+) (\S+)$")
FENCED = re.compile(r"(?ms)^( *)```(\w+)\n(.*?)^\1```$")
ENGINE = re.compile(r"duckdb|sql[ _-]?server|t-?sql|babelfish|target\.type", re.IGNORECASE)
TARGET_TYPE_IN_YAML = {"models/staging/agresso/_agresso__sources.yml", "models/diff/_diff__models.yml"}
MACRO = re.compile(r"{%-? macro (\w+)\(")
DISPATCHED = re.compile(r"adapter\.dispatch\('(\w+)', 'n2f_sync'\)")


# The script of rights


def batches(script: str) -> list[str]:
    """What sqlcmd sends of a script: its own commands carried out, its variables filled in, cut at `go`."""
    values = dict(SETVAR.findall(script))
    text = re.sub(r"(?m)^:.*$", "", script)
    text = re.sub(r"\$\((\w+)\)", lambda found: values[found[1]], text)
    return [batch for batch in GO.split(text) if batch.strip()]


def statements() -> Iterator[str]:
    """The script's statements, of any batch, without comments, in one line each."""
    for batch in batches(SETUP.read_text("utf-8")):
        for statement in re.sub(r"(?m)--.*$", "", batch).split(";"):
            yield " ".join(statement.split())


def grants() -> set[str]:
    """The script's grants."""
    return {statement for statement in statements() if statement.startswith("grant")}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_script_of_rights_parses(version: str) -> None:
    assert errors_by_batch(batches(SETUP.read_text("utf-8")), version) == {}


def test_a_fault_in_the_script_of_rights_is_found() -> None:
    script = SETUP.read_text("utf-8")
    for sound, faulty in (
        ("grant create view to", "grant create view into"),
        ("exec (N'create schema n2f_raw authorization", "exec (N'create schema n2f_raw authorisation"),
    ):
        assert sound in script
        assert len(errors_by_batch(batches(script.replace(sound, faulty)), VERSIONS[-1])) == 1


def test_the_script_of_rights_holds_no_password() -> None:
    assert [statement for statement in statements() if "password" in statement.lower()] == []


def test_the_script_makes_every_schema_of_the_project_and_no_other() -> None:
    project = yaml.safe_load((ROOT / "dbt_project.yml").read_text("utf-8"))
    of_models = {
        folder["+schema"] for folder in project["models"]["n2f_sync"].values() if isinstance(folder, dict)
    }
    of_tables = set(
        re.findall(r"'(\w+)\.\w+': ", (DBT / "macros" / "create_loader_tables.sql").read_text("utf-8"))
    )
    made = set(re.findall(r"create schema (\w+) authorization n2f_sync_owner", SETUP.read_text("utf-8")))
    assert made == of_models | of_tables


def test_the_job_has_these_rights_and_no_others() -> None:
    assert {grant for grant in grants() if grant.endswith("to n2f_sync_job")} == {
        "grant create table to n2f_sync_job",
        "grant create view to n2f_sync_job",
        "grant alter, select, insert on schema::n2f_staging to n2f_sync_job",
        "grant alter, select, insert on schema::n2f_diff to n2f_sync_job",
        "grant alter, select, insert, update, delete on schema::n2f_raw to n2f_sync_job",
        "grant alter, select, insert, update on schema::n2f_sync to n2f_sync_job",
        "grant view definition to n2f_sync_job",
        "grant select on sys.sql_expression_dependencies to n2f_sync_job",
    }


def test_the_login_itself_may_read_the_two_views_and_nothing_else() -> None:
    assert {grant for grant in grants() if grant.endswith("to [n2f_sync]")} == {
        "grant select on [dbo].[iris_N2F_User] to [n2f_sync]",
        "grant select on [dbo].[iris_N2F_Analytics] to [n2f_sync]",
    }
    memberships = [statement for statement in statements() if " add member " in statement]
    assert memberships == ["alter role n2f_sync_job add member [n2f_sync]"]


# The container


def container() -> dict[str, Any]:
    """The one service of compose.yml."""
    services = yaml.safe_load((ROOT / "compose.yml").read_text("utf-8"))["services"]
    assert list(services) == ["sqlserver"]
    return services["sqlserver"]


def test_the_container_is_microsofts_and_its_version_and_collation_can_be_chosen() -> None:
    assert re.fullmatch(
        r"\$\{MSSQL_IMAGE:-mcr\.microsoft\.com/mssql/server:2022-latest\}", container()["image"]
    )
    environment = container()["environment"]
    assert environment["ACCEPT_EULA"] == "Y"
    assert environment["MSSQL_COLLATION"] == "${MSSQL_COLLATION:-SQL_Latin1_General_CP1_CI_AS}"


def test_the_containers_password_comes_from_the_environment_and_its_port_is_on_the_loopback() -> None:
    assert container()["environment"]["MSSQL_SA_PASSWORD"].startswith("${MSSQL_SA_PASSWORD:?")
    assert container()["ports"] == ["127.0.0.1:${MSSQL_PORT:-1433}:1433"]


def test_the_containers_health_is_a_query() -> None:
    kind, command = container()["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    assert "/opt/mssql-tools18/bin/sqlcmd" in command
    assert " -C " in command
    assert '"$$MSSQL_SA_PASSWORD"' in command, "one $ would be filled in outside of the container"


# The workflows


@cache
def workflow(path: Path) -> dict[str, Any]:
    """A workflow. YAML 1.1 reads its key `on` as true."""
    return yaml.safe_load(path.read_text("utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    """The steps of all jobs of a workflow."""
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_and_ends_by_itself(path: Path) -> None:
    assert workflow(path)["permissions"] == {"contents": "read"}
    for name, job in workflow(path)["jobs"].items():
        assert job["timeout-minutes"] <= 60
        assert "permissions" not in job or (path.stem, name) in MAY_WRITE
        assert re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"])


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_actions_of_a_workflow_are_pinned(path: Path) -> None:
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"actions/[\w-]+@v\d+\.\d+\.\d+", name)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_the_scripts_of_a_workflow_are_bash_and_call_targets_that_exist(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert all(("uses" in step) != ("run" in step) for step in steps(path))
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8")))
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        assert set(re.findall(r"(?m)^make (\S+)", script)) <= targets
        for code in re.findall(r"(?ms)<<'EOF'\n(.*?)^EOF$", script):
            compile(code, path.name, "exec")


def test_the_workflow_of_sql_server_runs_both_versions_under_each_collation() -> None:
    (job,) = workflow(ROOT / ".github" / "workflows" / "sqlserver.yml")["jobs"].values()
    assert job["strategy"]["matrix"] == {
        "version": ["2019", "2022"],
        "collation": ["Latin1_General_CI_AS", "Danish_Norwegian_CI_AS", "SQL_Latin1_General_CP1_CI_AS"],
    }
    assert job["env"]["MSSQL_IMAGE"] == "mcr.microsoft.com/mssql/server:${{ matrix.version }}-latest"
    assert job["env"]["MSSQL_COLLATION"] == "${{ matrix.collation }}"


def test_the_workflow_of_sql_server_makes_its_password_before_the_server_starts() -> None:
    path = ROOT / ".github" / "workflows" / "sqlserver.yml"
    scripts = [step.get("run", "") for step in steps(path)]
    (made,) = (number for number, script in enumerate(scripts) if "openssl rand" in script)
    (started,) = (number for number, script in enumerate(scripts) if "docker compose up" in script)
    assert made < started
    assert "::add-mask::" in scripts[made]
    (job,) = workflow(path)["jobs"].values()
    assert [name for name in job["env"] if "PASSWORD" in name] == []


def test_the_check_of_every_commit_is_make_check() -> None:
    assert "make check" in [step.get("run") for step in steps(ROOT / ".github" / "workflows" / "check.yml")]


# The documents


def examples(path: Path, language: str) -> list[str]:
    """The fenced blocks of a document that are in a language."""
    return [
        textwrap.dedent(text) for _, name, text in FENCED.findall(path.read_text("utf-8")) if name == language
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_queries_of_the_document_for_dbas_parse(version: str) -> None:
    queries = examples(DOCS / "sql-server.md", "sql")
    assert len(queries) >= 6
    assert errors_by_batch(queries, version) == {}


def test_what_a_dba_is_shown_to_insert_is_unicode() -> None:
    literals = [
        literal
        for query in examples(DOCS / "sql-server.md", "sql")
        for literal in re.findall(r"(N?)'([^']*)'", query)
    ]
    assert [text for prefix, text in literals if not prefix and not re.fullmatch(r"[\d:T-]+", text)] == []


def test_every_variable_of_the_profile_is_described() -> None:
    read = (ROOT / "profiles.yml.example").read_text("utf-8") + "".join(
        path.read_text("utf-8") for path in sorted((DBT / "models").rglob("*sources.yml"))
    )
    names = set(re.findall(r"env_var\('(N2F_SYNC_(?:SQLSERVER|AGRESSO)_\w+)'", read))
    assert len(names) >= 12
    document = (DOCS / "sql-server.md").read_text("utf-8")
    example = (ROOT / ".env.example").read_text("utf-8")
    assert {
        name for name in names if f"| `{name}`" not in document and f", `{name}`" not in document
    } == set()
    assert {name for name in names if f"#{name}=" not in example} == set()


@pytest.mark.parametrize("path", LINKED, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    lost = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", path.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert lost == []


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub makes of a document's headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", path.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


# The dialects


def macros() -> set[str]:
    """Every macro of cross_db."""
    return {name for file in CROSS_DB.glob("*.sql") for name in MACRO.findall(file.read_text("utf-8"))}


def dispatched() -> set[str]:
    """The macros of cross_db that have a version for each engine."""
    return {name for file in CROSS_DB.glob("*.sql") for name in DISPATCHED.findall(file.read_text("utf-8"))}


def rows() -> set[str]:
    """The macros that have a line in docs/dialects.md."""
    table = (DOCS / "dialects.md").read_text("utf-8").partition("## The macros")[2].partition("\n## ")[0]
    return set(re.findall(r"(?m)^\| `(\w+)` \|", table))


def test_every_macro_of_both_engines_has_a_line_in_the_table_of_dialects() -> None:
    public = {name for name in macros() if "__" not in name} - {"not_dispatched"}
    assert dispatched() <= public
    assert rows() == public


@pytest.mark.parametrize("name", sorted(dispatched()))
def test_a_dispatched_macro_has_a_version_for_each_engine_and_refuses_others(name: str) -> None:
    assert {f"duckdb__{name}", f"sqlserver__{name}", f"default__{name}"} <= macros()


def test_nothing_but_the_cross_database_macros_names_an_engine() -> None:
    files = [file for file in DBT.rglob("*.sql") if CROSS_DB not in file.parents]
    assert len(files) > 60
    assert {str(file.relative_to(DBT)) for file in files if ENGINE.search(file.read_text("utf-8"))} == set()


def test_target_type_stands_in_yaml_only_where_yaml_knows_no_macros() -> None:
    files = {
        str(file.relative_to(DBT).as_posix())
        for file in (DBT / "models").rglob("*.yml")
        if "target.type" in file.read_text("utf-8")
    }
    assert files == TARGET_TYPE_IN_YAML
