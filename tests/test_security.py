"""What a run leaves behind: no secret and no payload in anything written or shown, and nobody else may read it.

Two runs with everything that talks switched on: N2F refuses rows and repeats in its answers what it was sent, and the
secrets; its tokens end; a page of HTML comes instead of JSON; N2F refuses the client. Then reports of the first, and
`dbt build` with its debug log. Everything is searched: streams, every file but the database and reports (which hold
payloads by design, and no secret), every table (for secrets), and the process list meanwhile.
"""

from __future__ import annotations

import ast
import json
import os
import stat
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.harness import DemoN2F
from demo.tokens import TOKEN_PREFIX
from tests.end_to_end import Ended, Site, site_on
from tests.engines import ROOT, Engine
from tests.models.compiled import dbt
from tests.models.loading import fill_agresso
from tests.reference.builders import n2f as holding
from tests.reference.builders import user_doc, user_row, value_row
from tests.reference.world import World

PAYLOAD = ("Zoé-Confidentielle", "Nom-Confidentiel", "Descriptif-Confidentiel", "Emploi-Confidentiel")
FIRSTNAME, LASTNAME, DESCRIPTION, JOB_TITLE = PAYLOAD
SECRETS = (DemoN2F.client_secret, TOKEN_PREFIX)
AGRESSO = World(
    agresso_users=[
        user_row("ann@example.com", Prenom=FIRSTNAME, Nom=LASTNAME, Fonction=JOB_TITLE),
        user_row("bob@example.com", Prenom=FIRSTNAME),
        user_row("eve@example.com", Nom=LASTNAME),
    ],
    agresso_analytics=[value_row("PROJECT", "BE", code, description=DESCRIPTION) for code in ("P1", "P2")],
)
ECHO = json.dumps({"error": f"{FIRSTNAME} {LASTNAME} {DESCRIPTION} {DemoN2F.client_secret} {TOKEN_PREFIX}x"})
ASKING = ("warehouse.execute", "warehouse.rows", "warehouse.stream", "self.execute", "self.rows", "self._run")


@dataclass(frozen=True, kw_only=True)
class Left:
    """What was shown, and where everything was written."""

    site: Site
    shown: tuple[str, ...]
    commands: frozenset[str]
    codes: tuple[int, ...]


class ProcessList:
    """The command lines of all processes of this machine, looked at until the end."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> ProcessList:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:  # it has ended
                    continue


@pytest.fixture(scope="module")
def left(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """Two runs and a `dbt build` that had much to tell."""
    stored = holding([user_doc("ann@example.com")])
    with (
        DemoN2F(stored) as n2f,
        site_on(engine, tmp_path_factory.mktemp("left"), n2f) as site,
        ProcessList() as processes,
    ):
        ended: list[Ended] = [site.command("status")]
        dbt("run-operation", "create_loader_tables", environment=site.environment)
        with engine.connect(site.environment) as connection:
            fill_agresso(connection, engine, site.environment, AGRESSO)
        n2f.add_fault("status", status=422, method="POST", path_regex="axes", body=ECHO)
        n2f.add_fault("status", status=400, method="POST", path_regex="users", body=ECHO)
        n2f.add_fault("html", method="POST", path_regex="users")
        n2f.add_fault("expire_token", method="GET", path_regex="users")
        ended.append(site.command("run", "--delete", N2F_SYNC_DEBUG="1"))
        n2f.add_fault("status", status=401, method="POST", path_regex="auth", body=ECHO, times=None)
        ended.append(site.command("run", "--json", N2F_SYNC_DEBUG="1"))
        ((first,),) = site.rows("select min(run_id) from n2f_sync.runs")
        ended.append(site.command("report", "--run", first, N2F_SYNC_DEBUG="1"))
        ended.append(site.command("report", "--run", first, "--csv", N2F_SYNC_DEBUG="1"))
        arguments = ("--debug", "--log-level-file", "debug", "build", "--exclude-resource-type", "unit_test")
        built = dbt(*arguments, environment=site.environment)
        shown = [text for each in ended for text in (each.out, each.err)]
        yield Left(
            site=site,
            shown=(*shown, built.stdout, built.stderr),
            commands=frozenset(processes.seen),
            codes=tuple(each.code for each in ended),
        )


def written(left: Left, word: str = "") -> Iterator[Path]:
    """Every file below the folder of the runs, dbt's among them, but what may hold the word.

    The database may hold secrets as little as payloads, which is looked at apart; a report holds payloads by design.
    """
    for path in left.site.folder.rglob("*"):
        is_report = path.name.startswith("n2f-sync-report-")
        if (
            path.is_file()
            and not path.name.endswith((".duckdb", ".duckdb.wal"))
            and not (is_report and word in PAYLOAD)
        ):
            yield path


def test_there_was_much_to_tell(left: Left) -> None:
    assert left.codes == (0, 3, 1, 0, 0)
    told = "".join(left.shown)
    assert "422" in told
    assert "400" in told
    assert "DEBUG" in told
    assert "Traceback" in told
    names = {path.name for path in written(left)}
    assert "dbt.log" in names
    assert "manifest.json" in names
    reports = [path for path in written(left) if path.name.startswith("n2f-sync-report-")]
    assert {path.suffix for path in reports} == {".html", ".csv"}
    assert all(JOB_TITLE in path.read_text("utf-8") for path in reports)


@pytest.mark.parametrize("word", [*SECRETS, *PAYLOAD])
def test_no_secret_and_no_payload_is_shown(left: Left, word: str) -> None:
    for text in left.shown:
        assert word not in text
        assert json.dumps(word)[1:-1] not in text


@pytest.mark.parametrize("word", [*SECRETS, *PAYLOAD])
def test_no_file_but_the_database_holds_a_secret_or_a_payload(left: Left, word: str) -> None:
    spellings = {word.encode(), word.encode("utf-16-le"), json.dumps(word)[1:-1].encode()}
    assert [
        path for path in written(left, word) if any(text in path.read_bytes() for text in spellings)
    ] == []


@pytest.mark.parametrize("word", SECRETS)
def test_no_table_holds_a_secret(left: Left, word: str) -> None:
    columns = left.site.rows(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema like 'n2f%' and lower(data_type) like '%varchar%'"
    )
    assert len(columns) > 100
    found = [
        f"{schema}.{table}.{column}"
        for schema, table, column in columns
        if left.site.rows(f"select count(*) from {schema}.{table} where \"{column}\" like '%{word}%'")
        != [(0,)]
    ]
    assert found == []


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc")
def test_the_process_list_holds_no_secret_and_no_payload(left: Left) -> None:
    assert any("-m loader run" in command for command in left.commands)
    found = [command for command in left.commands for word in (*SECRETS, *PAYLOAD) if word in command]
    assert found == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has rights of folders instead")
def test_files_made_by_a_run_are_readable_by_their_owner_alone(engine: Engine, tmp_path: Path) -> None:
    """Also where the scheduler lets everybody read what it makes; N2F need not answer for that."""
    if engine.name != "duckdb":
        pytest.skip("the database is a server's own")
    before = os.umask(0o022)
    try:
        with DemoN2F() as n2f, site_on(engine, tmp_path, n2f) as site:
            made_before = set(tmp_path.rglob("*"))
            n2f.add_fault("status", status=403, method="GET", times=None)
            assert site.command("run").code == 1
            made = [path for path in tmp_path.rglob("*") if path not in made_before]
    finally:
        os.umask(before)
    assert {"models.duckdb", "models.duckdb.lock"} <= {path.name for path in made}
    open_to_others = [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert open_to_others == []


@pytest.mark.parametrize("module", sorted((ROOT / "loader").glob("*.py")), ids=lambda path: path.stem)
def test_sql_is_never_made_of_values(module: Path) -> None:
    """What a warehouse is asked is a constant; names of tables and columns alone are put in, by `replace`."""
    for call in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(ASKING):
            made = [part for part in ast.walk(call.args[0]) if isinstance(part, ast.JoinedStr | ast.BinOp)]
            assert made == [], ast.unparse(call)
