"""`n2f-sync doctor`: all is well on a good site, each kind of problem has its line and its remedy, nothing changes."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from demo.harness import DemoN2F
from demo.sample import agresso_rows, sample_world
from loader.checkup import Finding
from loader.cli import app
from loader.config import load_api_settings, project_root
from loader.doctor_database import examine_database
from loader.doctor_n2f import examine_n2f
from loader.doctor_settings import examine_settings, known_names
from loader.doctor_sqlserver import RIGHTS, SQLSERVER_TEXTS
from loader.ledger import only_run_of_client
from loader.settings import ApiSettings
from tests.end_to_end import Ended, Site, site_on
from tests.engines import ROOT, Engine
from tests.test_staff_edits import copy_of_project
from tests.tsql.grammar import VERSIONS, parse_errors

QUOTAS = {"N2F_READS_PER_MINUTE": "60", "N2F_WRITES_PER_MINUTE": "10"}
SECRET = "Sesame-4711"
OF_THE_DATABASE = {"database", "run at work", "rights", "loader's tables", "last snapshot", "last run"}
VIEWS = {"iris_N2F_User", "iris_N2F_Analytics"}
CALLED = {"token", "TLS", "companies", "clock", "quotas"}


@pytest.fixture(scope="module")
def site(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample before its first sync; the last test takes a column away."""
    with DemoN2F(sample_world()) as n2f, site_on(engine, tmp_path_factory.mktemp("site"), n2f) as site:
        site.load_agresso(agresso_rows())
        yield site


@pytest.fixture
def n2f() -> Iterator[DemoN2F]:
    with DemoN2F(sample_world()) as running:
        yield running


@pytest.fixture
def api(n2f: DemoN2F, tmp_path: Path) -> ApiSettings:
    return ApiSettings(
        base_url=n2f.base_url,
        client_id=n2f.client_id,
        client_secret=n2f.client_secret,
        ledger_dir=tmp_path / "calls",
    )


def by_check(ended: Ended) -> dict[str, dict[str, Any]]:
    """Return the findings of `--json` by their names, of which each stands there once."""
    found = {finding["check"]: finding for finding in ended.json()["findings"]}
    assert len(found) == len(ended.json()["findings"])
    return found


def statuses(findings: list[Finding]) -> dict[str, str]:
    return {finding.check: finding.status for finding in findings}


def files(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, the lock aside: that somebody tried it shows in no byte."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_on_a_good_site_all_is_well_and_nothing_changes(site: Site) -> None:
    before = files(site.folder)
    site.n2f.reset_stats()
    ended = site.command("doctor", "--json", **QUOTAS)
    found = by_check(ended)
    assert {name for name, finding in found.items() if finding["status"] != "ok"} == set(), ended.out
    assert set(found) == OF_THE_DATABASE | VIEWS | CALLED | {
        "versions", ".env", "settings", "profile", "dbt project", "seeds", "time zone"
    }  # fmt: skip
    assert (ended.code, ended.json()["exit_code"], ended.json()["problems"]) == (0, 0, 0)
    assert files(site.folder) == before
    assert [(call["method"], call["kind"]) for call in site.n2f.stats["calls"]] == [
        ("POST", "auth"),
        ("GET", "companies"),
    ]
    assert "59 of 60 reads left, 9 of 10 writes left" in found["quotas"]["says"]
    assert re.search(r"all 29 columns, 84 rows", found["iris_N2F_User"]["says"])
    assert "N2F shows 4" in found["companies"]["says"]
    adapter = {"duckdb": "dbt-duckdb 1.", "sqlserver": "dbt-sqlserver 1."}[site.engine.name]
    assert all(name in found["versions"]["says"] for name in ("dbt-core 1.", adapter, "Python 3."))
    assert site.n2f.client_secret not in ended.out + ended.err
    assert site.n2f.client_id not in ended.out + ended.err


def test_a_run_at_work_is_told_and_n2f_is_left_alone(site: Site) -> None:
    site.n2f.reset_stats()
    api = load_api_settings(site.environment)
    database = site.database()
    assert api.ledger_dir is not None
    with (
        database.lock(),
        only_run_of_client(api.ledger_dir, api.base_url, api.client_id),
        database.connect(holds_lock=True),
    ):
        ended = site.command("doctor", "--json")
    found = by_check(ended)
    assert ended.code == 0, ended.out
    assert {found[name]["status"] for name in CALLED} == {"not checked"}
    assert "a run calls N2F as this client" in found["token"]["says"]
    assert site.n2f.stats["calls"] == []
    if site.engine.name == "duckdb":
        assert "which a run works on" in found["database"]["says"]
        assert {found[name]["status"] for name in OF_THE_DATABASE - {"database"}} == {"not checked"}
    else:
        assert "one is" in found["run at work"]["says"]
        assert found["iris_N2F_User"]["status"] == "ok"


def test_every_wrong_setting_is_named_and_a_profile_that_cannot_be_read(site: Site, tmp_path: Path) -> None:
    (tmp_path / "profiles.yml").write_text("n2f_sync:\n  target: [\n")
    ended = site.command(
        "doctor", N2F_CLIENT_SECRET="", N2F_TIMEZONE="Mars/Olympus", N2F_SYNC_SCOPES="users,cars",
        N2F_READ_TIMEOUT="soon", N2F_SYNC_ACTIONS="frob", N2F_MAX_CONSECUTIVE_FAILURES="0",
        N2F_SYNC_ONLY_MAIL="ann@firm.example", N2F_SYNC_SQLSERVER_PASSWORD=SECRET, N2F_SANDBOX="perhaps",
        DBT_PROFILES_DIR=str(tmp_path),
    )  # fmt: skip
    assert (ended.code, ended.err.count("Traceback")) == (1, 0), ended.err
    lines = ended.out.splitlines()
    for says, remedy in (
        ("N2F_CLIENT_SECRET is not set", "in the environment or in .env"),
        ("N2F_TIMEZONE is 'Mars/Olympus'", "an IANA time zone"),
        ("N2F_READ_TIMEOUT is 'soon'", "a number of seconds"),
        ("N2F_SYNC_ACTIONS is 'frob'", "create, update, delete"),
        ("N2F_SANDBOX is 'perhaps'", "true or false"),
        ("N2F_MAX_CONSECUTIVE_FAILURES is '0'", "a whole number"),
        ("there is no scope cars", "Choose among users, projects"),
        ("profiles.yml", "dbt debug"),
    ):
        places = [number for number, line in enumerate(lines) if line.startswith("problem") and says in line]
        places += [
            number for number, line in enumerate(lines) if says == "profiles.yml" and "profile " in line
        ]
        assert places, (says, ended.out)
        assert remedy in lines[places[0] + 1], lines[places[0] + 1]
    typo = next(number for number, line in enumerate(lines) if "N2F_SYNC_ONLY_MAIL means nothing" in line)
    assert lines[typo].startswith("warning")
    assert "Rename it to N2F_SYNC_ONLY_MAILS" in lines[typo + 1]
    assert [line.split("  ")[0] for line in lines if " database " in line] == ["not checked"]
    assert [line.split("  ")[0] for line in lines if " token " in line] == ["not checked"]
    assert lines[-1] == "8 problems, 1 warning, 14 not checked: exit code 1"
    assert SECRET not in ended.out + ended.err
    assert "ann@firm.example" not in ended.out + ended.err


def test_a_broken_model_an_unreachable_n2f_and_a_file_of_secrets_that_others_read(
    site: Site, tmp_path: Path
) -> None:
    project = copy_of_project(tmp_path / "project")
    model = next((project / "dbt_project" / "models" / "diff").glob("diff_users.sql"))
    model.write_text(model.read_text() + "\n{{ ref('nowhere') }}\n")
    (project / ".env").write_text(f"N2F_CLIENT_SECRET={SECRET}\nN2F_BASE_URL=http://127.0.0.1:9/\n")
    (project / ".env").chmod(0o644)
    from_env = {"N2F_CLIENT_SECRET": "", "N2F_BASE_URL": ""}
    ended = site.command("doctor", "--json", DBT_PROJECT_DIR=str(project), **from_env)
    found = by_check(ended)
    assert ended.code == 1
    assert found["dbt project"]["status"] == "problem"
    assert "diff_users" in found["dbt project"]["says"]
    assert "nowhere" in found["dbt project"]["says"]
    assert "dbt build" in found["dbt project"]["remedy"]
    assert found["Agresso's views"]["status"] == "not checked"
    assert "does not parse" in found["Agresso's views"]["says"]
    assert found["token"]["status"] == "problem"
    assert "Connection refused" in found["token"]["says"]
    assert "N2F_BASE_URL" in found["token"]["remedy"]
    assert {found[name]["status"] for name in ("companies", "clock")} == {"not checked"}
    assert found[".env"]["status"] == "warning"
    assert "mode 644" in found[".env"]["says"]
    assert found[".env"]["remedy"] == f"chmod 600 {project / '.env'}"
    assert SECRET not in ended.out + ended.err
    assert sorted(path.name for path in project.iterdir()) == [".env", "dbt_project", "dbt_project.yml"]


def test_a_wrong_secret_a_wrong_clock_and_a_view_that_lost_a_column(site: Site) -> None:
    """The last one of this site."""
    with site.engine.connect(site.environment) as connection:
        view = site.engine.agresso(site.environment, "iris_N2F_User")
        connection.execute(f"alter table {view} drop column Matricule")
        connection.execute(f"delete from {site.engine.agresso(site.environment, 'iris_N2F_Analytics')}")
    site.n2f.set_options(date_offset_seconds=-90)
    ended = site.command("doctor", "--json", N2F_CLIENT_SECRET=SECRET)
    site.n2f.set_options(date_offset_seconds=0)
    found = by_check(ended)
    assert ended.code == 1
    assert {name for name, finding in found.items() if finding["status"] == "problem"} == {
        "iris_N2F_User", "token", "clock"
    }  # fmt: skip
    assert "lacks the columns Matricule" in found["iris_N2F_User"]["says"]
    assert "owns the view" in found["iris_N2F_User"]["remedy"]
    assert found["iris_N2F_Analytics"]["status"] == "warning"
    assert "N2F answered 401" in found["token"]["says"]
    assert "N2F_CLIENT_SECRET" in found["token"]["remedy"]
    assert re.search(r"is (89|90|91) s ahead of N2F's", found["clock"]["says"])
    assert "time synchronisation" in found["clock"]["remedy"]
    assert SECRET not in ended.out + ended.err


@pytest.mark.parametrize(
    ("offset", "status", "direction"),
    [
        (0, "ok", ""),
        (4, "ok", ""),
        (8, "warning", "behind"),
        (-50, "warning", "ahead of"),
        (70, "problem", "behind"),
    ],
)
def test_the_clocks_may_differ_by_five_seconds_and_by_a_minute_at_most(
    n2f: DemoN2F, api: ApiSettings, offset: int, status: str, direction: str
) -> None:
    n2f.set_options(date_offset_seconds=offset)
    found = {finding.check: finding for finding in examine_n2f(api)}
    assert (found["clock"].status, direction in found["clock"].says) == (status, True), found["clock"]


def test_a_slow_answer_leaves_the_clock_in_doubt(n2f: DemoN2F, api: ApiSettings) -> None:
    n2f.set_options(latency_seconds=3, date_offset_seconds=-7.2)  # it is at the end that it says the time
    assert statuses(examine_n2f(api))["clock"] == "ok"


def test_an_n2f_that_shows_no_company_or_refuses_its_token(n2f: DemoN2F, api: ApiSettings) -> None:
    n2f.add_fault("status", status=401, method="GET", times=2)
    found = {finding.check: finding for finding in examine_n2f(api)}
    assert (found["token"].status, found["companies"].status) == ("ok", "problem")
    assert "Ask N2F whether this client may still use the API" in (found["companies"].remedy or "")
    n2f.set_world({})
    assert statuses(examine_n2f(api))["companies"] == "warning"


def test_each_call_is_tried_once_and_counted_for_the_next_run(n2f: DemoN2F, api: ApiSettings) -> None:
    n2f.add_fault("status", status=503, method="POST", times=5)
    day = replace(api, quota=replace(api.quota, reads_per_minute=60, writes_per_minute=10))
    assert statuses(examine_n2f(day))["token"] == "problem"
    assert len(n2f.stats["calls"]) == 1
    n2f.clear_faults()
    told = {finding.check: finding.says for finding in examine_n2f(day)}
    assert "59 of 60 reads left, 8 of 10 writes left" in told["quotas"]


def test_a_place_for_the_ledger_that_cannot_be_written_is_a_problem(api: ApiSettings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = statuses(examine_n2f(replace(api, ledger_dir=tmp_path / "file" / "calls")))
    assert (found["ledger"], found["token"]) == ("problem", "not checked")


def duckdb_in_another_process(path: Path, how: str, then: str) -> subprocess.Popen[str]:
    """Let another process make a table, and open the file as it is told."""
    script = (
        f"import duckdb, os, sys; duckdb.connect({str(path)!r}).execute('create table t (n int)').close()\n"
        f"c = duckdb.connect({str(path)!r}, {how}); {then}"
    )
    return subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("how", ["read_only=True", "read_only=False"])
def test_a_file_that_another_process_has_open_is_a_problem(tmp_path: Path, how: str) -> None:
    path = tmp_path / "n2f.duckdb"
    with duckdb_in_another_process(path, how, "print('open', flush=True); sys.stdin.read()") as other:
        assert other.stdout is not None
        other.stdout.readline()
        found = examine_database({"type": "duckdb", "path": str(path)}, tmp_path, ())
        other.communicate()
    assert (found[0].status, found[0].check) == ("problem", "database")
    assert f"the process {other.pid} has the database file open" in found[0].says
    assert f"End process {other.pid}" in (found[0].remedy or "")
    assert {finding.status for finding in found[1:]} == {"not checked"}


def test_what_a_killed_process_left_is_read_and_left_to_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "n2f.duckdb"
    left = "c.execute('insert into t values (1)'); os._exit(0)"
    with duckdb_in_another_process(path, "read_only=False", left) as other:
        other.communicate()
    before = files(tmp_path)
    assert f"{path}.wal" in before
    found = examine_database({"type": "duckdb", "path": str(path)}, tmp_path, ())
    assert {finding.status for finding in found} == {"ok"}
    assert files(tmp_path) == before


def test_a_database_that_is_not_there_is_fine_and_not_made(tmp_path: Path) -> None:
    found = examine_database({"type": "duckdb", "path": "data/n2f.duckdb"}, tmp_path, ())
    assert (found[0].status, "the first run makes it" in found[0].says) == ("ok", True)
    assert {finding.status for finding in found[1:]} == {"not checked"}
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "data").write_text("a file in the way")
    found = examine_database({"type": "duckdb", "path": "data/n2f.duckdb"}, tmp_path, ())
    assert (found[0].status, "cannot be written to" in found[0].says) == ("problem", True)


def test_a_server_that_is_not_named_is_a_problem_with_the_variable(tmp_path: Path) -> None:
    found = examine_database({"type": "sqlserver", "host": "", "database": ""}, tmp_path, ())
    assert found[0].says == "N2F_SYNC_SQLSERVER_HOST and N2F_SYNC_SQLSERVER_DATABASE are not set"
    assert {finding.status for finding in found[1:]} == {"not checked"}


@pytest.mark.parametrize(
    ("url", "sandbox", "says"),
    [
        ("https://sandbox.n2f.com/services/api/v2/", "false", "N2F_SANDBOX is false, but the host"),
        ("http://www.n2f.com/services/api/v2/", "false", "N2F_BASE_URL is http"),
        ("https://www.n2f.com/services/api/v2/", "no", None),
    ],
)
def test_host_and_sandbox_have_to_agree_and_only_https_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, sandbox: str, says: str | None
) -> None:
    settings = {
        "N2F_BASE_URL": url, "N2F_SANDBOX": sandbox, "N2F_CLIENT_ID": SECRET, "N2F_CLIENT_SECRET": SECRET
    }  # fmt: skip
    for name in [name for name in known_names() if name not in settings]:
        monkeypatch.setenv(name, "")
    for name, text in settings.items():
        monkeypatch.setenv(name, text)
    found = examine_settings(tmp_path)
    told = [finding for finding in found.findings if finding.check == "settings"]
    assert len(told) == 1
    assert told[0].status == ("problem" if says else "ok")
    assert (says or url) in told[0].says
    assert SECRET not in told[0].says
    assert (found.api is None) is (says is not None)


def test_every_variable_that_means_something_is_known() -> None:
    texts = [path.read_text() for path in (*(ROOT / "loader").glob("*.py"), ROOT / "profiles.yml.example")]
    used = {name for text in texts for name in re.findall(r"\bN2F_[A-Z]\w+[A-Z]\b", text) if name.isupper()}
    assert used - known_names() <= {"N2F_SYNC_ALLOW_MASS"}, "what only dbt is told, by the loader"
    assert (project_root() / ".env.example").is_file()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_sql_server_is_asked_is_sql_of_its_grammar(version: str) -> None:
    for sql in SQLSERVER_TEXTS:
        assert parse_errors(sql.replace("?", "@asked"), version) == []


def test_the_rights_that_are_asked_for_are_those_that_the_script_grants() -> None:
    script = (ROOT / "docs" / "sql-server" / "setup.sql").read_text()
    granted: set[tuple[str, str]] = set()
    for rights, securable in re.findall(r"^grant ([\w, ]+?)(?: on (\S+))? to n2f_sync_job;", script, re.M):
        granted |= {
            (securable.removeprefix("schema::"), right.strip().upper()) for right in rights.split(",")
        }
    assert granted == {(name or "", right) for _, name, rights in RIGHTS for right in rights}


def test_an_unknown_option_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["doctor", "--frob"]).exit_code == 2
