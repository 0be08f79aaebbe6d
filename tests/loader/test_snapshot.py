"""Snapshots over real HTTP: what lands where, what is complete when, and which one may be used again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any, cast

import pytest

from demo.harness import DemoN2F
from loader import landing
from loader.database import Page, Warehouse, utc_now
from loader.errors import ApiError, DatabaseError
from loader.seeds import Resource, snapshot_resources
from loader.snapshot import Snapshot, reusable_snapshot, take_snapshot
from tests.demo.client import AXIS, COMPANY, make_user, make_value, make_world, named
from tests.loader.workbench import ROOT, Silent, age, real_client

HOUR = timedelta(hours=1)
RESOURCES = snapshot_resources(ROOT)


def take(warehouse: Warehouse, n2f: DemoN2F, resources: list[Resource] | None = None) -> Snapshot:
    """Take a snapshot of everything."""
    with real_client(n2f) as client:
        return take_snapshot(
            warehouse, client, resources or RESOURCES, base_url=n2f.base_url, progress=Silent()
        )


def documents(warehouse: Warehouse, resource: str) -> list[Any]:
    """Return the documents of a resource in the order they came."""
    rows = warehouse.rows(f"select document from {{n2f_raw.{resource}}} order by page, position")
    return [json.loads(row[0]) for row in rows]


def test_every_list_of_the_seed_lands_in_its_table(warehouse: Warehouse, n2f: DemoN2F) -> None:
    world = make_world(
        users=[make_user("a@fictis.example"), make_user("b@fictis.example")],
        axis_values={COMPANY: {AXIS: [make_value("V1")], "projects": [make_value("P1"), make_value("P2")]}},
    )
    n2f.reset(world)
    snapshot = take(warehouse, n2f)
    assert documents(warehouse, "companies") == world["companies"]
    assert documents(warehouse, "roles") == world["roles"]
    assert documents(warehouse, "userprofiles") == world["userprofiles"]
    assert [user["mail"] for user in documents(warehouse, "users")] == [
        "a@fictis.example",
        "b@fictis.example",
    ]
    assert documents(warehouse, "axes") == world["axes"][COMPANY]
    found = warehouse.rows(
        "select company_uuid, axis, page, position, document from {n2f_raw.axis_values} order by axis, position"
    )
    assert [(*row[:4], json.loads(row[4])["code"]) for row in found] == [
        (COMPANY, AXIS, 1, 1, "V1"), (COMPANY, "projects", 1, 1, "P1"), (COMPANY, "projects", 1, 2, "P2"),
    ]  # fmt: skip
    assert snapshot.document_count == 10
    assert snapshot.call_count == n2f.stats["reads"] == 7


def test_a_call_per_page_and_list_and_an_insert_per_page(
    warehouse: Warehouse, n2f: DemoN2F, monkeypatch: pytest.MonkeyPatch
) -> None:
    n2f.reset(make_world(users=[make_user(f"u{number}@fictis.example") for number in range(450)], axes={}))
    inserts = 0
    original = type(warehouse).insert_page

    def counted(self: Any, *arguments: Any, **named: Any) -> None:
        nonlocal inserts
        inserts += 1
        original(self, *arguments, **named)

    monkeypatch.setattr(type(warehouse), "insert_page", counted)
    take(warehouse, n2f, [resource for resource in RESOURCES if resource.name == "users"])
    assert n2f.stats["counts"]["GET users"] == inserts == 3
    pages = warehouse.rows(
        "select page, count(*), max(position) from {n2f_raw.users} group by page order by page"
    )
    assert pages == [(1, 200, 200), (2, 200, 200), (3, 50, 50)]


def test_a_list_that_was_read_to_its_end_is_noted_even_when_it_is_empty(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    take(warehouse, n2f)
    found = warehouse.rows(
        "select resource, axis, page_count, document_count from {n2f_raw.lists} order by resource, axis"
    )
    assert found == [
        ("axes", None, 1, 1), ("axis_values", AXIS, 1, 0), ("axis_values", "projects", 1, 0),
        ("companies", None, 1, 1), ("roles", None, 1, 2), ("userprofiles", None, 1, 1), ("users", None, 1, 0),
    ]  # fmt: skip


def test_axes_that_no_scope_names_are_not_read(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.reset(make_world(axes={COMPANY: [{"uuid": "b3RoZXI=", **named(fr="Autre")}]}))
    take(warehouse, n2f)
    paths = [call["path"] for call in n2f.stats["calls"]]
    assert not any("b3RoZXI" in path for path in paths)


def test_an_axis_that_stands_on_two_pages_is_read_once(warehouse: Warehouse, n2f: DemoN2F) -> None:
    axis = {"uuid": AXIS, **named(fr="Plaque")}
    n2f.reset(make_world(axes={COMPANY: [axis, axis]}))
    take(warehouse, n2f)
    assert n2f.stats["counts"]["GET axis_values"] == 2


def test_a_snapshot_that_breaks_off_stays_incomplete(warehouse: Warehouse, n2f: DemoN2F) -> None:
    n2f.add_fault("status", status=400, path_regex="^users", times=None)
    with pytest.raises(ApiError):
        take(warehouse, n2f)
    assert warehouse.rows("select completed_at from {n2f_raw.snapshots}") == [(None,)]
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) is None
    n2f.clear_faults()
    take(warehouse, n2f)
    assert warehouse.rows("select count(*) from {n2f_raw.snapshots} where completed_at is not null") == [(1,)]


class Tells:
    """A client that tells one page of one document."""

    def __init__(self, document: str) -> None:
        self._document = document

    def get_pages(self, path: str, *, paged: bool, template: str | None = None) -> Iterator[list[str]]:
        """Yield the page."""
        del path, paged, template
        yield [self._document]


class Pages:
    """A client that tells pages of one document, and says before each how many have landed and who is at work."""

    def __init__(self, count: int, before: Callable[[int], None]) -> None:
        self._count, self._before = count, before

    def get_pages(self, path: str, *, paged: bool, template: str | None = None) -> Iterator[list[str]]:
        """Yield the pages."""
        del path, paged, template
        for number in range(1, self._count + 1):
            self._before(number)
            yield [json.dumps({"mail": f"u{number}@fictis.example"})]


class Watched:
    """A connection that sees who uses it, and lands a page only when it may.

    Attributes:
        done: what was done, in its order.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._used = threading.Lock()
        self.done: list[str] = []
        self.may_land = threading.Event()
        self.may_land.set()

    def _use(self, name: str, work: Callable[[], Any]) -> Any:
        assert self._used.acquire(blocking=False), "two threads use the connection"
        try:
            found = work()
            self.done.append(name)
            return found
        finally:
            self._used.release()

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """See `Warehouse.execute`."""
        self._use(" ".join(sql.split())[:24], lambda: self._warehouse.execute(sql, parameters))

    def insert_page(self, page: Page) -> None:
        """See `Warehouse.insert_page`."""

        def land() -> None:
            assert self.may_land.wait(10), "nothing goes on before the page has landed"
            self._warehouse.insert_page(page)

        self._use(f"page {page.number}", land)

    def small_statements(self) -> AbstractContextManager[None]:
        """See `Warehouse.small_statements`."""
        return self._warehouse.small_statements()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Warehouse.transaction`."""
        transaction = self._warehouse.transaction()
        self._use("begin", transaction.__enter__)
        try:
            yield
        except BaseException as error:
            given_up = error  # bound here, since Python forgets `error` at the end of this block
            self._use("rollback", lambda: transaction.__exit__(type(given_up), given_up, None))
            raise
        self._use("commit", lambda: transaction.__exit__(None, None, None))


USERS = [resource for resource in RESOURCES if resource.name == "users"]


def test_a_page_lands_while_the_next_one_is_read_and_never_two_pages_wait(warehouse: Warehouse) -> None:
    watched = Watched(warehouse)

    def before(number: int) -> None:
        pages = [name for name in watched.done if name.startswith("page")]
        if number == 2:
            assert pages == []  # page 1 is on its way, and cannot have landed
            watched.may_land.set()
        if number > 2:
            assert len(pages) >= number - 2
        if number == 1:
            watched.may_land.clear()

    take_snapshot(cast(Warehouse, watched), Pages(4, before), USERS, base_url="x", progress=Silent())
    assert watched.done == [
        "insert into {n2f_raw.sna", "begin", "page 1", "page 2", "page 3", "page 4", "insert into {n2f_raw.lis",
        "commit", "update {n2f_raw.snapshot",
    ]  # fmt: skip
    assert documents(warehouse, "users") == [{"mail": f"u{number}@fictis.example"} for number in (1, 2, 3, 4)]


def test_pages_share_commits_of_so_many_and_all_is_committed_before_the_snapshot_is_marked_complete(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "STATEMENTS_A_COMMIT", 3)
    watched = Watched(warehouse)
    take_snapshot(cast(Warehouse, watched), Pages(4, lambda _: None), USERS, base_url="x", progress=Silent())
    assert watched.done == [
        "insert into {n2f_raw.sna",
        "begin", "page 1", "page 2", "page 3", "commit",
        "begin", "page 4", "insert into {n2f_raw.lis", "commit",
        "update {n2f_raw.snapshot",
    ]  # fmt: skip


def test_what_names_the_nested_lists_sees_every_page_that_was_read(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    """The connection of dbt is another one, which sees what is committed and nothing else."""
    seen: list[int] = []

    def prepare() -> None:
        with cast(Any, warehouse)._connection.cursor() as other:
            seen.extend(row[0] for row in other.execute("select count(*) from n2f_raw.companies").fetchall())

    with real_client(n2f) as client:
        take_snapshot(warehouse, client, RESOURCES, base_url=n2f.base_url, progress=Silent(), prepare=prepare)
    assert seen == [1]


def test_pages_that_were_not_committed_when_the_reading_ends_early_are_gone_and_the_next_snapshot_is_whole(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "STATEMENTS_A_COMMIT", 3)

    def before(number: int) -> None:
        if number == 6:
            raise KeyboardInterrupt("SIGTERM")

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        take_snapshot(warehouse, Pages(9, before), USERS, base_url="x", progress=Silent())
    assert warehouse.rows("select page from {n2f_raw.users} order by page") == [(1,), (2,), (3,)]
    assert reusable_snapshot(warehouse, base_url="x", max_age=HOUR) is None
    whole = take_snapshot(warehouse, Pages(9, lambda _: None), USERS, base_url="x", progress=Silent())
    kept = warehouse.rows("select count(*) from {n2f_raw.users} where snapshot_id = ?", (whole.snapshot_id,))
    assert kept == [(9,)]


def test_a_page_that_cannot_land_ends_the_snapshot_and_the_connection_is_free(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def refused(_: Any, page: Page) -> None:
        raise DatabaseError(f"no room for page {page.number}", doing="testing", remedy="none")

    monkeypatch.setattr(type(warehouse), "insert_page", refused)
    with pytest.raises(DatabaseError, match="no room for page 1"):
        take_snapshot(warehouse, Pages(9, read.append), USERS, base_url="x", progress=Silent())
    assert read == [1, 2]
    with warehouse.transaction():  # none is open
        pass
    assert warehouse.rows("select completed_at from {n2f_raw.snapshots}") == [(None,)]
    assert warehouse.rows("select count(*) from {n2f_raw.lists}") == [(0,)]


def test_an_interrupt_waits_for_the_page_that_is_landing_and_keeps_the_snapshot_incomplete(
    warehouse: Warehouse,
) -> None:
    watched = Watched(warehouse)

    def before(number: int) -> None:
        if number == 2:
            raise KeyboardInterrupt("SIGTERM")

    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        take_snapshot(cast(Warehouse, watched), Pages(9, before), USERS, base_url="x", progress=Silent())
    assert watched.done == ["insert into {n2f_raw.sna", "begin", "page 1", "rollback"]
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("landing")] == []
    assert warehouse.rows("select completed_at from {n2f_raw.snapshots}") == [(None,)]


@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize("told", [
    "Zoé Ångström 漢字 😀", "line\nbreak\ttab", "nul\x00inside", "'); drop table users; --", "", "\\ud83d", "{}",
])  # fmt: skip
def test_any_text_that_n2f_can_send_is_stored_and_read_back(
    warehouse: Warehouse, told: str, is_ascii: bool
) -> None:
    document = {"mail": told, "number": 12345678901234567890, "deep": {"list": [1.5, True]}}
    text = json.dumps(document, ensure_ascii=is_ascii)
    take_snapshot(warehouse, Tells(text), USERS, base_url="x", progress=Silent())
    assert warehouse.rows("select document from {n2f_raw.users}") == [(text,)]
    assert documents(warehouse, "users") == [document]


def test_a_young_snapshot_of_this_n2f_may_be_used_again(warehouse: Warehouse, n2f: DemoN2F) -> None:
    snapshot = take(warehouse, n2f)
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) == snapshot.snapshot_id
    assert reusable_snapshot(warehouse, base_url="https://other.example/", max_age=HOUR) is None
    age(warehouse, timedelta(minutes=61))
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) is None


def test_a_snapshot_is_not_used_again_after_a_write_was_attempted(warehouse: Warehouse, n2f: DemoN2F) -> None:
    take(warehouse, n2f)
    warehouse.execute(
        "insert into {n2f_sync.push_attempts} values ('run', 'plan', 1, 'users', 'create', 'a', ?)",
        (utc_now(),),
    )
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) is None


def test_a_snapshot_that_lacks_a_list_of_the_chosen_scopes_is_not_used_again(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    take(warehouse, n2f)
    warehouse.execute("delete from {n2f_raw.lists} where axis = 'projects'")
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) is None


def test_a_snapshot_without_the_lists_of_axes_is_not_used_again_for_scopes_that_need_them(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    """What `--scope users` reads: no axes, so that no custom axis stands in axes_to_read."""
    take(warehouse, n2f)
    warehouse.execute("delete from {n2f_raw.axes}")
    warehouse.execute("delete from {n2f_raw.lists} where resource = 'axes'")
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) is None


def test_another_list_of_the_same_company_and_axis_does_not_stand_for_its_values(
    warehouse: Warehouse, n2f: DemoN2F
) -> None:
    take(warehouse, n2f)
    warehouse.execute("update {n2f_raw.lists} set resource = 'others' where axis = 'projects'")
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) is None


def test_no_age_lets_a_snapshot_serve_that_no_plan_may_be_made_of(warehouse: Warehouse, n2f: DemoN2F) -> None:
    snapshot = take(warehouse, n2f)
    day = timedelta(days=1)
    age(warehouse, timedelta(hours=5, minutes=50))
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=day) == snapshot.snapshot_id
    age(warehouse, timedelta(minutes=11))
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=day) is None


def test_only_the_newest_complete_snapshot_is_used_again(warehouse: Warehouse, n2f: DemoN2F) -> None:
    take(warehouse, n2f)
    second = take(warehouse, n2f)
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) == second.snapshot_id
    warehouse.execute(
        "update {n2f_raw.snapshots} set base_url = 'https://other.example/' where snapshot_id = ?",
        (second.snapshot_id,),
    )
    assert reusable_snapshot(warehouse, base_url=n2f.base_url, max_age=HOUR) is None
