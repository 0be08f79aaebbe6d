"""The way between the loader and N2F: latency, answers that do not come, and a tape of what the loader heard."""

from __future__ import annotations

import random
import threading
import time as real_time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from demo.harness import DemoN2F
from loader.workplace import Job
from tests.soak.life import Life
from tests.soak.times import Time

_PATIENCE = 5.0  # real seconds in which N2F notices that a connection was cut


class Wire(HTTPAdapter):
    """Carries the calls of one command, each of which takes some simulated time before and after N2F sees it.

    Args:
        stalls: numbers of the calls whose answer comes too late. Simulated: N2F does what it is asked, time passes,
            and the read time-out is raised; a real one is tested in tests/loader/test_faults.py.
        meanwhile: call number -> what somebody does in N2F right before that call.
        page_size: items per page, small so that lists of a few have pages that can move.

    Attributes:
        heard: the status that reached the loader, for each call in their order; None where none did.
    """

    def __init__(
        self,
        *,
        n2f: DemoN2F,
        time: Time,
        life: Life,
        rng: random.Random,
        stalls: frozenset[int] = frozenset(),
        meanwhile: Mapping[int, Callable[[], None]] | None = None,
        page_size: int = 200,
    ) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        self.heard: list[int | None] = []
        self._n2f, self._time, self._life, self._rng = n2f, time, life, rng
        self._stalls, self._meanwhile, self._page_size = stalls, meanwhile or {}, page_size
        self._caller: int | None = None

    def carry(self, job: Job) -> Job:
        """Carry the calls of a job's client from now on."""
        client: Any = job.client
        client._transport._session.mount("http://", self)
        client._settings = replace(client._settings, page_size=self._page_size)
        return job

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send one call."""
        self._let_n2f_notice()
        is_write = request.method != "GET" and not str(request.url).endswith("/auth")
        number = len(self.heard) + 1
        if number in self._meanwhile:
            self._meanwhile[number]()
        self._life.passes("write" if is_write else "read")
        self._time.sleep(self._latency())
        self.heard.append(None)
        try:
            response = super().send(request, *args, **options)
        finally:
            self._caller = threading.get_ident()
            self._time.sleep(self._latency())
        if number in self._stalls:
            response.close()
            self._time.sleep(60.0)
            raise requests.ReadTimeout
        try:
            self._life.passes("written" if is_write else "answered")
        except BaseException:
            response.close()  # as the end of the process does
            raise
        self.heard[-1] = response.status_code
        return response

    def _latency(self) -> float:
        return self._rng.choice((0.01, 0.02, 0.05, 0.2, self._rng.uniform(0.3, 3.0)))

    def _let_n2f_notice(self) -> None:
        """Wait until N2F has done with the last call of this very thread, which may have ended by a cut connection.

        A retry follows at once here, since waits take no time. Who calls from another thread does not wait, so that
        a second call at the same time stays one.
        """
        if self._caller == threading.get_ident():
            end = real_time.monotonic() + _PATIENCE
            while self._n2f.in_flight and real_time.monotonic() < end:
                real_time.sleep(0.0005)
