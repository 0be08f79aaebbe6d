"""Reads N2F into `n2f_raw`, a JSON document per row, under the id of a snapshot that is marked complete last.

Models read only complete snapshots, so a crash leaves one that nobody reads. What is read is data: the seed
`snapshot_resources`; lists that hang on another are named by a view of `n2f_staging`, so no rule stands here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from loader.answers import Document
from loader.database import Page, Warehouse, new_id, utc_now
from loader.landing import Landing
from loader.paths import encode_path
from loader.plan import LONGEST_SNAPSHOT_AGE
from loader.progress import Progress
from loader.seeds import Resource

logger = logging.getLogger(__name__)

_PARAMETER = re.compile(r"\{([a-z_]+)\}")

_COMPLETE = """
    update {n2f_raw.snapshots} set completed_at = ?, document_count = ?, call_count = ? where snapshot_id = ?
"""

_REUSABLE = """
    select snapshots.snapshot_id
    from {n2f_raw.snapshots} as snapshots
    where
        snapshots.completed_at is not null
        and snapshots.base_url = ?
        and snapshots.completed_at >= ?
        and not exists (
            select 1 from {n2f_raw.snapshots} as newer
            where newer.completed_at is not null and newer.started_at > snapshots.started_at
        )
        and not exists (
            select 1 from {n2f_sync.push_attempts} as attempts
            where attempts.started_at >= snapshots.started_at
        )
        and not exists (
            select 1 from {n2f_staging.lists_not_read} as lists_not_read
            where lists_not_read.snapshot_id = snapshots.snapshot_id
        )
"""


class Reader(Protocol):
    """The part of the N2F client that a snapshot needs."""

    def get_pages(self, path: str, *, paged: bool, template: str | None = None) -> Iterator[list[Document]]:
        """Yield the pages of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A complete snapshot.

    Attributes:
        call_count: pages that were read; a page that had to be asked for twice counts once.
    """

    snapshot_id: str
    document_count: int
    call_count: int


def take_snapshot(
    warehouse: Warehouse,
    client: Reader,
    resources: Sequence[Resource],
    *,
    base_url: str,
    progress: Progress,
    prepare: Callable[[], None] | None = None,
) -> Snapshot:
    """Read everything that `resources` name. A page lands while the next one is read: memory holds two.

    Args:
        warehouse: where the pages go.
        client: what reads them.
        resources: the lists, in the order in which they are read.
        base_url: which N2F it is.
        progress: who is told how far it is.
        prepare: makes the views that say which nested lists there are; called once, before the first of these and
            after everything else has landed. None where they are there.

    Raises:
        CallError: N2F could not be read.
        DatabaseError: a page could not be stored; one more may have been read by then.
    """
    started_at = utc_now()
    snapshot_id = new_id(started_at)
    warehouse.execute(
        "insert into {n2f_raw.snapshots} (snapshot_id, base_url, started_at) values (?, ?, ?)",
        (snapshot_id, base_url, started_at),
    )
    with warehouse.small_statements(), Landing(warehouse) as landing:
        reading = _Reading(landing, client, snapshot_id, progress)
        reading.read(resource for resource in resources if resource.parents is None)
        landing.settle()
        if prepare is not None:
            prepare()
        reading.read(resource for resource in resources if resource.parents is not None)
    document_count, call_count = reading.document_count, reading.call_count
    warehouse.execute(_COMPLETE, (utc_now(), document_count, call_count, snapshot_id))
    return Snapshot(snapshot_id=snapshot_id, document_count=document_count, call_count=call_count)


class _Reading:
    """Reads lists into a snapshot, and counts what it read."""

    def __init__(self, landing: Landing, client: Reader, snapshot_id: str, progress: Progress) -> None:
        self._landing = landing
        self._client = client
        self._snapshot_id = snapshot_id
        self._progress = progress
        self.document_count = self.call_count = 0

    def read(self, resources: Iterable[Resource]) -> None:
        """Read every list of these resources."""
        for resource in resources:
            first = self.document_count
            for parent in _parents(self._landing, resource, self._snapshot_id):
                self._read_list(resource, parent)
            logger.info("%s: %d documents", resource.name, self.document_count - first)

    def _read_list(self, resource: Resource, parent: dict[str, str]) -> None:
        """Store a list page by page; its end is noted last."""
        document_count = page_count = 0
        path = encode_path(resource.path, parent)
        for documents in self._client.get_pages(path, paged=resource.is_paged, template=resource.path):
            page_count += 1
            document_count += len(documents)
            if documents:
                self._landing.page(self._page(resource, parent, page_count, documents))
            self.call_count += 1
            self.document_count += len(documents)
            self._progress.advance(self.document_count, None, "documents read")
        place = (parent.get("company_uuid"), parent.get("axis"))
        list_read = (self._snapshot_id, resource.name, *place, page_count, document_count)
        self._landing.execute("insert into {n2f_raw.lists} values (?, ?, ?, ?, ?, ?)", list_read)

    def _page(
        self, resource: Resource, parent: dict[str, str], number: int, documents: list[Document]
    ) -> Page:
        return Page(
            resource=resource.name,
            snapshot_id=self._snapshot_id,
            company_uuid=parent.get("company_uuid"),
            axis=parent.get("axis"),
            number=number,
            documents=documents,
        )


def has_tables(warehouse: Warehouse, resources: Sequence[Resource]) -> bool:
    """Return whether there is a table for every list: not before `Project.prepare` where a list is new."""
    return all(warehouse.has_table("n2f_raw", resource.name) for resource in resources)


def reusable_snapshot(
    warehouse: Warehouse, *, base_url: str, max_age: timedelta, now: datetime | None = None
) -> str | None:
    """Return the newest complete snapshot, if a plan can be made of it.

    It has to be of this N2F and young, no write was attempted after it, and it holds every list that the
    chosen scopes need. `Project.prepare` comes first: it builds the views that know those lists. No plan is
    made of a snapshot older than `LONGEST_SNAPSHOT_AGE`, whatever `max_age` says.
    """
    oldest = (now or utc_now()) - min(max_age, LONGEST_SNAPSHOT_AGE)
    found = warehouse.rows(_REUSABLE, (base_url, oldest))
    return str(found[0][0]) if found else None


def _parents(landing: Landing, resource: Resource, snapshot_id: str) -> list[dict[str, str]]:
    """Return what fills the path, once per list to read; an item that stands on two pages counts once."""
    if resource.parents is None:
        return [{}]
    names = _PARAMETER.findall(resource.path)
    columns = ", ".join(names)
    sql = "select distinct {columns} from {n2f_staging.{parents}} where snapshot_id = ? order by {columns}"
    sql = sql.replace("{parents}", resource.parents).replace("{columns}", columns)
    return [dict(zip(names, row, strict=True)) for row in landing.settle().rows(sql, (snapshot_id,))]
