"""What the loader is measured against: bare loops over `requests.Session`, and the engine's own durable commits."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import requests

from demo.server import DEFAULT_CREDENTIALS

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A bare loop: how many calls it made in how many seconds."""

    calls: int
    seconds: float


@contextmanager
def bare_session(base_url: str) -> Iterator[requests.Session]:
    """Yield a session with a token, and nothing else: no pacing, no retries, no log."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(f"{base_url}auth", json={
            "client_id": DEFAULT_CREDENTIALS.client_id, "client_secret": DEFAULT_CREDENTIALS.client_secret
        })  # fmt: skip
        session.headers["Authorization"] = f"Bearer {answer.json()['response']['token']}"
        yield session


def bare_reads(base_url: str, *, users_alone: bool = False) -> Loop:
    """Read the lists that a snapshot reads of `bench.worlds` (with `--scope users`), page by page, and keep nothing."""
    calls, started = 0, time.perf_counter()

    def pages(path: str) -> Iterator[list[dict[str, Any]]]:
        nonlocal calls
        start = 0
        while True:
            calls += 1
            answer = session.get(f"{base_url}{path}?start={start}&limit={PAGE}")
            answer.raise_for_status()
            data = answer.json()["response"].get("data", [])
            yield data
            if len(data) < PAGE:
                return
            start += PAGE

    with bare_session(base_url) as session:
        companies = [company["uuid"] for page in pages("companies") for company in page]
        for path in ("roles", "userprofiles"):
            calls += 1
            session.get(f"{base_url}{path}").json()
        paths = ["users"]
        if not users_alone:
            paths += [f"companies/{quote(company, safe='')}/axes" for company in companies]
            paths += [f"companies/{quote(company, safe='')}/axes/projects" for company in companies]
        for path in paths:
            for _ in pages(path):
                pass
    return Loop(calls=calls, seconds=time.perf_counter() - started)


def bare_posts(base_url: str, payloads: Sequence[str]) -> Loop:
    """Post so many users one after the other."""
    documents = [json.loads(payload) for payload in payloads]
    with bare_session(base_url) as session:
        started = time.perf_counter()
        for document in documents:
            session.post(f"{base_url}users", json=document).raise_for_status()
        return Loop(calls=len(documents), seconds=time.perf_counter() - started)


def bare_commits(place: Path, folder: Path, rows: int) -> float:
    """Seconds that the engine needs to commit what a push of so many rows writes, in a file of its own.

    A row is two inserts in one transaction, into tables with the columns of those in the database `place`, of the same
    run's results and attempts.
    """
    with duckdb.connect(str(folder / "commits.duckdb")) as connection:
        connection.execute(f"attach '{place}' as place (read_only)")
        written = {}
        for table in ("push_results", "push_attempts"):
            connection.execute(f"create or replace table {table} as from place.n2f_sync.{table} limit 0")
            written[table] = connection.execute(
                f"from place.n2f_sync.{table} order by started_at desc limit {rows}"
            ).fetchall()
        connection.execute("detach place")
        inserts = {
            table: f"insert into {table} values ({', '.join('?' * len(found[0]))})"
            for table, found in written.items()
        }
        started = time.perf_counter()
        for number in range(rows):
            connection.begin()
            for table, insert in inserts.items():
                connection.execute(insert, written[table][number])
            connection.commit()
        return time.perf_counter() - started
