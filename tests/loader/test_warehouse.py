"""What every engine does: names, transactions, long results, pages of documents, and one run at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from loader.database import Database, Page, Warehouse, new_id, render, utc_now
from loader.errors import DatabaseError, LockedError
from loader.transform import Project
from loader.warehouse import open_database
from tests.engines import ROOT, Environment
from tests.models.loading import insert

SECRET = "Sesame"
HOLD = "insert into {n2f_sync.holds} (scope, entity_key) values ('users', ?)"
OPEN = (
    "import os, sys; from loader.transform import Project; from loader.warehouse import open_database\n"
    "from tests.engines import ROOT\n"
    "database = open_database(Project(ROOT, {}).target(), ROOT)\n"
)
"""How another process opens the database that the environment names."""


def held_keys(warehouse: Warehouse) -> list[str]:
    """Return what the tests below write."""
    return [row[0] for row in warehouse.rows("select entity_key from {n2f_sync.holds} order by entity_key")]


def test_relations_get_their_full_quoted_name() -> None:
    sql = "select * from {n2f_sync.runs} join {n2f_raw.users}"
    assert render(sql, "my db") == 'select * from "my db"."n2f_sync"."runs" join "my db"."n2f_raw"."users"'


def test_ids_sort_by_time() -> None:
    ids = [new_id(utc_now()) for _ in range(100)]
    assert ids == sorted(ids) or ids[0] < ids[-1]
    assert len(set(ids)) == 100


def test_a_transaction_is_kept_whole_or_not_at_all(warehouse: Warehouse) -> None:
    with warehouse.transaction():
        warehouse.execute(HOLD, ("a",))
        warehouse.execute(HOLD, ("b",))
    with suppress(KeyboardInterrupt), warehouse.transaction():
        warehouse.execute(HOLD, ("c",))
        raise KeyboardInterrupt
    assert held_keys(warehouse) == ["a", "b"]


def test_a_statement_that_fails_takes_its_transaction_along_and_leaves_the_connection_usable(
    warehouse: Warehouse,
) -> None:
    def hold_one_and_fail() -> None:
        with warehouse.transaction():
            warehouse.execute(HOLD, ("a",))
            warehouse.execute(HOLD, (None,))

    with pytest.raises(DatabaseError):
        hold_one_and_fail()
    assert held_keys(warehouse) == []
    with warehouse.small_statements(), warehouse.transaction():
        warehouse.execute(HOLD, ("b",))
    assert held_keys(warehouse) == ["b"]


def test_what_was_committed_is_there_for_the_next_connection_and_what_was_not_is_lost(
    database: Database,
) -> None:
    with database.connect() as warehouse:
        warehouse.execute(HOLD, ("a",))
        with suppress(DatabaseError), warehouse.transaction():
            warehouse.execute(HOLD, ("b",))
            warehouse.close()
    with database.connect() as warehouse:
        assert held_keys(warehouse) == ["a"]


def test_a_long_result_comes_in_pieces(warehouse: Warehouse) -> None:
    keys = [f"{number:04}" for number in range(2500)]
    insert(warehouse, "{n2f_sync.holds} (scope, entity_key)", [("users", key) for key in keys])
    rows = warehouse.stream(
        "select entity_key from {n2f_sync.holds} where entity_key >= ? order by entity_key", ("0010",)
    )
    assert next(rows) == ("0010",)
    assert [row[0] for row in rows] == keys[11:]


def test_whether_a_table_or_view_is_there(warehouse: Warehouse) -> None:
    assert warehouse.has_table("n2f_sync", "runs")
    assert warehouse.has_table("n2f_staging", "companies_to_read")
    assert not warehouse.has_table("n2f_sync", "nothing")
    assert not warehouse.has_table("n2f_raw", "runs")


def test_an_error_names_the_statement_and_quotes_no_data(warehouse: Warehouse) -> None:
    parameters = (SECRET,)
    with pytest.raises(DatabaseError, match=r"while running 'select cast\(\? as integer\)'") as raised:
        warehouse.rows("select cast(? as integer)", parameters)
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert SECRET not in str(raised.value.to_json())


@pytest.mark.parametrize(
    "sql", ["select * from {n2f_raw.nothing}", "select nothing from {n2f_raw.users}", "selec 1"]
)
def test_sql_that_cannot_be_understood_is_an_error(warehouse: Warehouse, sql: str) -> None:
    with pytest.raises(DatabaseError, match="run-operation create_loader_tables"):
        warehouse.rows(sql)


DOCUMENTS = [
    '{"x": 1}',
    '{"name": "O\'Brien \\"Bob\\" \\\\ \\u0000 \\n"}',
    '{"name": "Zoé Ångström 漢字 😀 שלום"}',
    '{"sql": "?; {n2f_raw.users} \'); drop table users; --"}',
    '{"long": "' + "é😀'\\\"" * 2000 + '"}',
    "[]",
]


def page_of(resource: str, *, number: int, documents: list[Any], **where: str) -> Page:
    place = {"company_uuid": None, "axis": None} | where
    return Page(resource=resource, snapshot_id="s", number=number, documents=documents, **place)


def test_documents_of_a_page_are_stored_as_they_are_in_their_order(warehouse: Warehouse) -> None:
    assert len(DOCUMENTS[4]) > 10_000
    warehouse.insert_page(page_of("axis_values", axis="l'axe 😀", number=2, documents=DOCUMENTS))
    warehouse.insert_page(page_of("axis_values", company_uuid="c", number=3, documents=["{}"]))
    found = warehouse.rows("select * from {n2f_raw.axis_values} order by page, position")
    assert found == [
        *(("s", None, "l'axe 😀", 2, place, document) for place, document in enumerate(DOCUMENTS, 1)),
        ("s", "c", None, 3, 1, "{}"),
    ]


def test_documents_of_a_page_go_in_with_one_statement(warehouse: Warehouse) -> None:
    """One of them is refused by the table; a statement is done whole or not at all."""
    with pytest.raises(DatabaseError):
        warehouse.insert_page(page_of("users", number=1, documents=["{}", None, "{}"]))
    assert warehouse.rows("select count(*) from {n2f_raw.users}") == [(0,)]


def test_the_lock_is_held_by_one_run_at_a_time(environment: Environment, database: Database) -> None:
    other = open_database(Project(ROOT, environment).target(), ROOT)
    for _ in range(2):
        with database.lock():
            for second in (other, database):
                with pytest.raises(LockedError, match="another run is at work") as raised, second.lock():
                    pass
                assert raised.value.exit_code == 5
    with other.lock():
        pass


def test_the_lock_of_another_process_holds_until_it_ends(
    environment: Environment, database: Database
) -> None:
    script = OPEN + "with database.lock(): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT, env=os.environ | environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError), database.lock():
            pass
        holder.communicate()
    with database.lock():
        pass


def test_the_lock_of_a_process_that_was_killed_is_free(environment: Environment, database: Database) -> None:
    script = OPEN + "with database.lock(): os._exit(9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=os.environ | environment, check=False)
    assert done.returncode == 9
    with ExitStack() as stack:
        take_soon(database, stack)
        with pytest.raises(LockedError), database.lock():
            pass


def take_soon(database: Database, stack: ExitStack) -> None:
    """Take the lock; a server may need a moment to see that a session has gone."""
    deadline = time.monotonic() + 10
    while True:
        try:
            stack.enter_context(database.lock())
        except LockedError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return
