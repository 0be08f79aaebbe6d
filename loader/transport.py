"""One attempt at one call: it waits for its quota, is the only one in flight, and reads the answer."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from loader.answers import Answer, clock_difference
from loader.call_stats import CallStats
from loader.config import is_loopback
from loader.errors import ApiError, CallError, NetworkError
from loader.quota import Clock, Kind, Ledger, Pacer
from loader.settings import ApiSettings

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 2**20
"""No page of 200 items is larger; an answer without end must not fill the memory."""

MAX_BODY_SECONDS = 600.0
"""An answer that trickles keeps to every read time-out, and would hold the lock of the run for ever."""

_NOT_NEEDED = 65_536  # bytes that are read of a body that says nothing, so that the connection can be kept

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[T]):
    """One call, however often it is attempted; `parse` raises ValueError for what N2F does not promise."""

    method: str
    path: str = field(repr=False)
    label: str
    parse: Callable[[Answer], T]
    body: bytes | None = field(default=None, repr=False)
    is_answer_needed: bool = True

    @property
    def doing(self) -> str:
        """What errors say was being done."""
        return f"calling {self.method} {self.label}"

    @property
    def kind(self) -> Kind:
        """Which quota it counts against."""
        return "read" if self.method == "GET" else "write"


class Repeatable(Exception):  # noqa: N818 - no error of its own: it takes one through tenacity
    """What is raised where another attempt may help; `retry_after` is in seconds."""

    def __init__(self, error: CallError, *, retry_after: float = 0.0) -> None:
        super().__init__()
        self.error = error
        self.retry_after = retry_after


class Transport:
    """The connection to N2F; a call is made with `exchange`.

    Attributes:
        stats: what was done so far.
        pacer: what keeps the quotas.
    """

    def __init__(self, settings: ApiSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._base_url = settings.base_url.rstrip("/") + "/"
        folder = settings.ledger_dir
        ledger = Ledger.of_client(folder, self._base_url, settings.client_id) if folder else None
        self.pacer = Pacer(settings.quota, clock=clock, ledger=ledger)
        self.stats = CallStats()
        self._session = new_session(self._base_url)
        self._in_flight = threading.Lock()

    def close(self) -> None:
        """Close the connection and the ledger."""
        self._session.close()
        self.pacer.close()

    def exchange(self, call: Call[T], token: str | None, attempt: int) -> Answer:
        """Make one attempt: wait for the quota, send, read the answer."""
        if not self._in_flight.acquire(blocking=False):
            raise RuntimeError("a call to N2F began while another one was in flight")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            self.stats.quota_seconds += self.pacer.wait(call.kind)
            self.stats.note_attempt(call.kind, self.pacer, is_retry=attempt > 1)
            began = self._clock.monotonic()
            with self._session.request(
                call.method,
                self._base_url + call.path.lstrip("/"),
                data=call.body,
                headers=headers,
                timeout=(self._settings.connect_timeout, self._settings.read_timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._read_body(call, response, attempt)
        except (requests.RequestException, HTTPError) as problem:
            failure = self._network_failure(call, problem, attempt)
        else:
            status, spent = response.status_code, self._clock.monotonic() - began
            logger.debug("%s %s: %d, attempt %d, %.3f s", call.method, call.label, status, attempt, spent)
            answer = Answer(status=status, headers=response.headers, body=body)
            self.stats.clock_difference = clock_difference(answer, self._clock.now(), spent)
            return answer
        finally:
            self.pacer.done()
            self._in_flight.release()
        raise failure

    def _read_body(self, call: Call[T], response: requests.Response, attempts: int) -> bytes:
        """Read the body; where it is not needed (a write, an error), a part of it will do, or nothing."""
        is_needed = call.is_answer_needed and response.ok
        most, seconds = (MAX_BODY_BYTES, MAX_BODY_SECONDS) if is_needed else (_NOT_NEEDED, 10.0)
        end, size = self._clock.monotonic() + seconds, 0
        chunks: list[bytes] = []
        try:
            while size <= most and self._clock.monotonic() <= end:
                chunk = response.raw.read1(_NOT_NEEDED, decode_content=True)
                if not chunk:
                    return b"".join(chunks)
                chunks.append(chunk)
                size += len(chunk)
        except HTTPError:
            if is_needed:
                raise
        if is_needed:
            raise ApiError(
                f"the answer did not end within {most // 2**20} MB and {seconds:g} s",
                doing=call.doing,
                remedy="Check what N2F answers there: no page of a list is that long.",
                http_status=response.status_code,
                attempts=attempts,
            )
        return b"".join(chunks)

    def _network_failure(self, call: Call[T], problem: Exception, attempts: int) -> Exception:
        """Return what is raised instead of `problem`, whose text holds the path and so perhaps a mail."""
        chain: list[BaseException] = [problem]
        while (deeper := chain[-1].__cause__ or chain[-1].__context__) is not None and deeper not in chain:
            chain.append(deeper)
        if isinstance(problem, requests.ConnectTimeout):
            reason = f"no connection within {self._settings.connect_timeout:g} s"
        elif isinstance(problem, requests.Timeout | ReadTimeoutError):
            reason = f"no answer within {self._settings.read_timeout:g} s"
        else:
            known = [each.strerror for each in chain if isinstance(each, OSError) and each.strerror]
            reason = f"the connection failed: {known[-1] if known else type(chain[-1]).__name__}"
        error = NetworkError(
            reason,
            doing=f"{call.doing} at {urlsplit(self._base_url).netloc}",
            remedy="Check the network, the proxy and N2F_BASE_URL, then run again.",
            attempts=attempts,
        )
        is_certificate = any(isinstance(each, ssl.SSLCertVerificationError) for each in chain)
        is_hopeless = is_certificate or isinstance(problem, ValueError)  # the latter: no URL, no header
        return error if is_hopeless else Repeatable(error)


class _Session(requests.Session):
    """A session that follows no redirect and does not look where one leads: for that, a whole body would be read."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return nowhere."""


def new_session(base_url: str) -> requests.Session:
    """Return a session that keeps one connection and lets the environment say nothing but the way to one host.

    Proxies and certificates of the environment are taken once, for the one host there is. After that it is
    not asked again: `~/.netrc` would replace the token. urllib3 writes whole paths into its log lines.
    """
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    session = _Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=1))
    found = session.merge_environment_settings(base_url, {}, None, None, None)
    verify = found["verify"]
    # A relative path starts where the run was started: dbt changes the folder of the process while it is at work.
    session.verify = str(Path(verify).absolute()) if isinstance(verify, str) else verify
    session.proxies = {} if is_loopback(urlsplit(base_url).hostname or "") else found["proxies"]
    session.trust_env = False
    session.headers.update({"Accept": "application/json", "User-Agent": "n2f-sync"})
    return session
