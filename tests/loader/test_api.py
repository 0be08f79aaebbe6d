"""The N2F client over real HTTP: against the demo's N2F, and a scripted server where that is too tame."""

from __future__ import annotations

import json
import logging
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from demo.harness import DemoN2F
from loader import api, transport
from loader.api import N2FClient, SendResult, encode_path
from loader.config import ApiSettings, QuotaSettings
from loader.errors import ApiError, AuthenticationError, CallError, DataError, NetworkError

NO_QUOTA = QuotaSettings(reads_per_minute=0, writes_per_minute=0)
COMPANIES = [{"uuid": f"MTIz{number}==", "code": f"C{number}", "name": "Firm"} for number in range(401)]
ROLES = [{"names": [{"culture": "fr", "value": "Utilisateur"}]}]


class _FastClock:
    """Real time, in which nobody sleeps: waits are noted and added to it."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return time.monotonic() + self.passed

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passed += seconds


@pytest.fixture
def clock() -> _FastClock:
    return _FastClock()


# The demo's N2F.


@pytest.fixture(scope="module")
def demo_server() -> Iterator[DemoN2F]:
    with DemoN2F() as server:
        yield server


@pytest.fixture
def n2f(demo_server: DemoN2F) -> DemoN2F:
    demo_server.reset({"companies": COMPANIES, "roles": ROLES})
    return demo_server


@pytest.fixture
def settings(n2f: DemoN2F) -> ApiSettings:
    return ApiSettings(
        base_url=n2f.base_url, client_id=n2f.client_id, client_secret=n2f.client_secret, quota=NO_QUOTA
    )


@pytest.fixture
def client(settings: ApiSettings, clock: _FastClock) -> Iterator[N2FClient]:
    with N2FClient(settings, clock=clock) as opened:
        yield opened


def codes(client: N2FClient) -> list[object]:
    return [
        json.loads(company)["code"] for page in client.get_pages("companies", paged=True) for company in page
    ]


def paths(n2f: DemoN2F, method: str) -> list[str]:
    return [call["path"] for call in n2f.stats["calls"] if call["method"] == method]


ALL_CODES = [company["code"] for company in COMPANIES]


# A server that answers what it is told.

Reply = Callable[["_ScriptedHandler"], None]


def reply(
    body: object = b"",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: _ScriptedHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = length is not None

    return answer


def data(*items: object) -> Reply:
    return reply({"response": {"data": list(items)}})


def token(
    value: object = "a-token", validity: object = "2999-01-01T00:00:00.1234567Z", **headers: str
) -> Reply:
    return reply({"response": {"token": value, "validity": validity}}, headers=headers)


class _ScriptedHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _ScriptedServer

    def _handle_call(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.calls.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        with suppress(BrokenPipeError, ConnectionResetError):
            if self.path.endswith("/auth"):
                self.server.tokens.pop(0)(self) if len(self.server.tokens) > 1 else self.server.tokens[0](
                    self
                )
            else:
                self.server.replies.pop(0)(self)

    do_GET = do_POST = do_DELETE = do_PUT = _handle_call  # noqa: N815 - names of the library

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the library
        del format, args


class _ScriptedServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ScriptedHandler)
        self.replies: list[Reply] = []
        self.tokens: list[Reply] = [token()]
        self.calls: list[tuple[str, str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/api/v2/"

    @property
    def requests(self) -> list[str]:
        return [f"{method} {path.removeprefix('/api/v2/')}" for method, path, _, _ in self.calls]


@pytest.fixture
def script() -> Iterator[_ScriptedServer]:
    with _ScriptedServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def talking_to(
    server: _ScriptedServer, clock: _FastClock | None = None, **changes: object
) -> Iterator[N2FClient]:
    base = ApiSettings(base_url=server.url, client_id="client", client_secret="s3cret-s3cret", quota=NO_QUOTA)
    with N2FClient(replace(base, **changes), clock=clock or _FastClock()) as opened:  # type: ignore[arg-type]  # any field by name
        yield opened


# Paths.


@pytest.mark.parametrize("slash", ["", "/"])
def test_exactly_one_slash_stands_between_base_and_path(script: _ScriptedServer, slash: str) -> None:
    script.replies = [data(), reply()]
    with talking_to(script, base_url=script.url.rstrip("/") + slash) as client:
        list(client.get_pages("companies", paged=True))
        client.send("DELETE", "/users/x", None)
    assert [path for _, path, _, _ in script.calls] == [
        "/api/v2/auth",
        "/api/v2/companies?start=0&limit=200",
        "/api/v2/users/x",
    ]


@pytest.mark.parametrize(
    "value",
    [
        "a/b", "a#b", "a?b=c&d", "100%", "%2F", "o'brien", "x[entity2]", " a b ", "a+b", "é€😀", "a\\b",
        "a;b", '"', "~a", "a..b", "...", "../x", "%2e%2e", "\x00\n", "http://example.com",
    ],
)  # fmt: skip
def test_odd_characters_of_a_part_reach_n2f_as_they_are(script: _ScriptedServer, value: str) -> None:
    script.replies = [reply()]
    with talking_to(script) as client:
        client.send("DELETE", encode_path("users/{mail}", {"mail": value}), None)
    path = script.calls[-1][1]
    assert path.startswith("/api/v2/users/")
    assert unquote(path.removeprefix("/api/v2/users/"), errors="strict") == value


@given(st.text(min_size=1).filter(lambda text: text.strip(" ") not in {"", ".", ".."}))
def test_any_text_is_one_part_that_can_be_read_back(value: str) -> None:
    try:
        path = encode_path("companies/{uuid}/axes", {"uuid": value, "more": ""})
    except DataError:
        assert any("\ud800" <= char <= "\udfff" for char in value)
    else:
        first, part, last = path.split("/")
        assert (first, unquote(part, errors="strict"), last) == ("companies", value, "axes")


def test_a_uuid_in_base64_is_encoded() -> None:
    params = {"uuid": "MTIzNDU2Nw==", "axis": "projects", "code": "A/1"}
    path = encode_path("companies/{uuid}/axes/{axis}/{code}", params)
    assert path == "companies/MTIzNDU2Nw%3D%3D/axes/projects/A%2F1"


@pytest.mark.parametrize("value", ["", ".", "..", "  ", " . ", None, 7, "\ud800"])
def test_a_part_that_must_not_be_sent_is_refused_and_not_shown(value: object) -> None:
    with pytest.raises(DataError, match="mail") as caught:
        encode_path("users/{mail}", {"mail": value})  # type: ignore[dict-item]  # what no type allows
    assert "users/{mail}" in caught.value.doing


@pytest.mark.parametrize("template", ["users/{mail}", "users//{code}", "../{code}", "users/./{code}", ""])
def test_a_template_that_is_not_filled_or_leads_elsewhere_is_refused(template: str) -> None:
    with pytest.raises(DataError):
        encode_path(template, {"code": "x"})


# Lists.


def test_pages_are_read_until_one_is_short(client: N2FClient, n2f: DemoN2F) -> None:
    assert codes(client) == ALL_CODES
    assert paths(n2f, "GET") == [f"companies?start={start}&limit=200" for start in (0, 200, 400)]


def test_a_list_that_ends_with_a_full_page_costs_one_empty_page(client: N2FClient, n2f: DemoN2F) -> None:
    n2f.set_world({"companies": COMPANIES[:200]})
    assert codes(client) == ALL_CODES[:200]
    assert len(paths(n2f, "GET")) == 2


def test_a_list_that_is_not_paged_is_read_with_one_plain_call(client: N2FClient, n2f: DemoN2F) -> None:
    (roles,) = client.get_pages("roles", paged=False)
    assert [json.loads(role) for role in roles] == ROLES
    assert paths(n2f, "GET") == ["roles"]


def test_a_page_is_read_when_it_is_asked_for(client: N2FClient, n2f: DemoN2F) -> None:
    pages = client.get_pages("companies", paged=True)
    next(pages)
    assert len(paths(n2f, "GET")) == 1
    client.send("DELETE", "users/nobody", None)
    assert [len(page) for page in pages] == [200, 1]


@pytest.mark.parametrize("body", [{"response": {}}, {"response": {"data": None}}, {"response": None}])
def test_absent_data_is_an_empty_list(script: _ScriptedServer, body: object) -> None:
    script.replies = [reply(body)]
    with talking_to(script) as client:
        assert list(client.get_pages("users", paged=True)) == [[]]


def test_a_null_response_of_a_list_that_is_not_paged_is_empty(script: _ScriptedServer) -> None:
    script.replies = [reply({"response": None})]
    with talking_to(script) as client:
        assert list(client.get_pages("roles", paged=False)) == [[]]


WRONG = [
    b"",
    b"<html>",
    b'{"response": {"data": [',
    b"\xff\xfe",
    b'{"response": {"data": [{"a": NaN}]}}',
    b'{"response": {"data": [{"a": "\xff"}]}}',
    b'\xef\xbb\xbf{"response": {"data": [{"a": 1e999}]}}',
    b"[" * 100_000,
    b"[]",
    b"null",
    b"{}",
    b'{"error": "none"}',
    b'{"response": "none"}',
    b'{"response": {"data": {}}}',
    b'{"response": {"data": "none"}}',
    b'{"response": {"data": [{}, null]}}',
    b'{"response": {"data": [1]}}',
]


@pytest.mark.parametrize("body", [*WRONG, b'{"response": []}', b'{"response": [{}]}'])
def test_a_page_of_another_shape_is_asked_for_again_and_then_an_error(
    script: _ScriptedServer, body: bytes
) -> None:
    script.replies = [reply(body), data({"uuid": "1"}), *[reply(body)] * 3]
    with talking_to(script, max_attempts=3) as client:
        assert list(client.get_pages("users", paged=True)) == [['{"uuid": "1"}']]
        with pytest.raises(ApiError, match="N2F answered 200: ") as caught:
            list(client.get_pages("users", paged=True))
    assert (caught.value.http_status, caught.value.attempts) == (200, 3)


@pytest.mark.parametrize("body", [*WRONG, b'{"response": {}}', b'{"response": {"data": []}}'])
def test_a_whole_list_of_another_shape_is_an_error_too(script: _ScriptedServer, body: bytes) -> None:
    script.replies = [reply(body)]
    with talking_to(script, max_attempts=1) as client, pytest.raises(ApiError, match="N2F answered 200: "):
        list(client.get_pages("roles", paged=False))


def items(start: int, count: int) -> Reply:
    return data(*({"uuid": str(number)} for number in range(start, start + count)))


def test_more_items_than_were_asked_for_are_an_error(script: _ScriptedServer) -> None:
    script.replies = [items(0, 201)]
    with talking_to(script, max_attempts=1) as client, pytest.raises(ApiError, match="201 items"):
        list(client.get_pages("users", paged=True))


@pytest.mark.parametrize("script_of_starts", [[0, 0], [0, 200, 0], [0, 200, 400, 200]])
def test_a_list_that_repeats_itself_is_an_error_and_no_endless_loop(
    script: _ScriptedServer, script_of_starts: list[int]
) -> None:
    script.replies = [items(start, 200) for start in script_of_starts]
    with talking_to(script) as client, pytest.raises(ApiError, match="repeats an earlier one"):
        list(client.get_pages("users", paged=True))


def test_a_list_that_never_ends_is_an_error(script: _ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_PAGES", 3)
    script.replies = [items(start * 200, 200) for start in range(5)]
    with talking_to(script) as client, pytest.raises(ApiError, match="goes on after 3 pages"):
        list(client.get_pages("users", paged=True))


def test_a_list_that_moves_while_it_is_read_may_repeat_items(script: _ScriptedServer) -> None:
    script.replies = [items(0, 200), items(199, 200), items(398, 5)]
    with talking_to(script) as client:
        assert [len(page) for page in client.get_pages("users", paged=True)] == [200, 200, 5]


def test_a_document_of_ten_megabytes_passes(script: _ScriptedServer) -> None:
    document = {"uuid": "1", "text": "é" * 10_000_000}
    script.replies = [data(document)]
    with talking_to(script) as client:
        ((found,),) = client.get_pages("users", paged=True)
    assert json.loads(found) == document


AS_WRITTEN = '{ "a" : "\\u00e9 \\ud83d\\ude00 é", "n": 12345678901234567890.50, "d": [{"x": null}] }'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_document_stays_as_n2f_wrote_it_whatever_the_encoding(
    script: _ScriptedServer, encoding: str
) -> None:
    script.replies = [reply(f'{{"other": 1, "response": {{"data": [ {AS_WRITTEN} ]}}}}'.encode(encoding))]
    with talking_to(script) as client:
        ((found,),) = client.get_pages("users", paged=True)
    assert json.loads(found) == json.loads(AS_WRITTEN)
    assert (found == AS_WRITTEN) == (encoding == "utf-8")


@pytest.mark.parametrize(
    ("half", "count"),
    [(rb"\ud83d", 1), (rb"\uDE00", 1), (rb"\ud83d\ud83d", 2), ("\ud83d".encode("utf-8", "surrogatepass"), 1)],
)
def test_half_a_surrogate_pair_becomes_the_replacement_character_and_the_rest_stays(
    script: _ScriptedServer, half: bytes, count: int
) -> None:
    """No engine stores it, and one of 200 users must not end the snapshot."""
    body = rb'{"response": {"data": [{"HALF": "half HALF of a pair", "b": "\ud83d\ude00"}, {"c": 1}]}}'
    script.replies = [reply(body.replace(b"HALF", half))]
    with talking_to(script) as client:
        (found,) = client.get_pages("users", paged=True)
    lost = "\ufffd" * count
    assert [json.loads(each) for each in found] == [{lost: f"half {lost} of a pair", "b": "😀"}, {"c": 1}]


def test_an_answer_without_end_does_not_fill_the_memory(
    script: _ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY_BYTES", 2**20)
    script.replies = [reply(b" " * 2**22, length=2**40)]
    with talking_to(script) as client, pytest.raises(ApiError, match="did not end within 1 MB"):
        list(client.get_pages("users", paged=True))


def trickle(handler: _ScriptedHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(300):
        handler.wfile.write(b" ")
        time.sleep(0.01)


def test_an_answer_that_trickles_does_not_hold_the_run_for_ever(
    script: _ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BODY_SECONDS", 0.1)
    script.replies = [trickle]
    with talking_to(script) as client, pytest.raises(ApiError, match=r"and 0\.1 s"):
        list(client.get_pages("users", paged=True))


# Writes.


def test_a_payload_is_sent_as_it_is(script: _ScriptedServer) -> None:
    payload = '{"b": "é€\\n", "a" : 1}'
    script.replies = [reply(status=201)]
    with talking_to(script) as client:
        assert client.send("POST", "users", payload) == SendResult(http_status=201, attempts=1)
    _, _, headers, body = script.calls[-1]
    assert body.decode() == payload
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "Bearer a-token"


def test_without_a_payload_none_is_sent(script: _ScriptedServer) -> None:
    script.replies = [reply()]
    with talking_to(script) as client:
        client.send("DELETE", "users/x", None)
    _, _, headers, body = script.calls[-1]
    assert body == b""
    assert "Content-Type" not in headers


@pytest.mark.parametrize(
    "answer",
    [
        reply(status=200),
        reply(status=201),
        reply(status=202),
        reply(b"<html>garbage", status=200),
        reply(b'{"half', status=200, length=5000),
        reply(b"x" * 300_000),
        reply(b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
)
def test_any_2xx_is_a_success_whatever_its_body(script: _ScriptedServer, answer: Reply) -> None:
    script.replies = [answer, reply(status=200)]
    with talking_to(script) as client:
        assert client.send("POST", "users", "{}").attempts == 1
        assert client.send("POST", "users", "{}").attempts == 1
    assert script.requests == ["POST auth", "POST users", "POST users"]


def test_204_is_a_success(script: _ScriptedServer) -> None:
    def no_content(handler: _ScriptedHandler) -> None:
        handler.send_response(204)
        handler.end_headers()

    script.replies = [no_content, no_content]
    with talking_to(script) as client:
        assert client.send("POST", "users", "{}").http_status == 204
        assert client.send("DELETE", "users/x", None).http_status == 204


def test_what_is_already_gone_is_deleted(client: N2FClient) -> None:
    path = encode_path("users/{mail}", {"mail": "nobody / #?%'[]@example.com"})
    assert client.send("DELETE", path, None) == SendResult(http_status=404, attempts=1)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_404_is_a_success_for_a_deletion_alone(script: _ScriptedServer, method: str) -> None:
    script.replies = [reply(status=404)]
    with talking_to(script) as client, pytest.raises(ApiError):
        client.send(method, "users", "{}")


def test_a_method_that_is_no_write_is_not_sent(client: N2FClient, n2f: DemoN2F) -> None:
    with pytest.raises(DataError):
        client.send("GET", "users", None)
    with pytest.raises(DataError):
        client.send("POST", "users", '{"mail": "\ud800"}')
    assert n2f.stats["calls"] == []


# What is worth repeating.


def call(client: N2FClient, method: str) -> None:
    if method == "GET":
        list(client.get_pages("users", paged=True))
    else:
        client.send(method, "users/x", None)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 501, 502, 503, 504, 599])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_may_pass_is_repeated(script: _ScriptedServer, status: int, method: str) -> None:
    script.replies = [reply(status=status), reply(status=status), data()]
    with talking_to(script) as client:
        call(client, method)
        assert client.stats.retries == 2


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 402, 403, 405, 409, 410, 413, 422])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_what_will_not_pass_is_not_repeated(script: _ScriptedServer, status: int, method: str) -> None:
    headers = {"Location": "http://localhost:1/elsewhere"} if status < 400 else {}
    script.replies = [reply(status=status, headers=headers)]
    with talking_to(script) as client, pytest.raises(ApiError) as caught:
        call(client, method)
    assert (caught.value.http_status, caught.value.attempts) == (status, 1)
    assert len(script.calls) == 2


@pytest.mark.parametrize(
    "fault", ["drop_before", "drop_after", "cut", "garbage", "truncate", "html", "empty"]
)
def test_a_list_is_read_through_every_fault_of_the_demo(client: N2FClient, n2f: DemoN2F, fault: str) -> None:
    n2f.add_fault(fault, method="GET", after=1, times=2)
    assert codes(client) == ALL_CODES
    assert client.stats.retries == 2
    assert n2f.stats["in_flight_violations"] == 0


@pytest.mark.parametrize(
    ("fault", "attempts"), [("drop_before", 2), ("drop_after", 2), ("cut", 1), ("empty", 1)]
)
def test_a_write_is_repeated_only_when_no_status_came(
    client: N2FClient, n2f: DemoN2F, fault: str, attempts: int
) -> None:
    n2f.add_fault(fault, method="DELETE")
    assert client.send("DELETE", "users/x", None).attempts == attempts


def test_a_call_that_stalls_is_given_up_and_repeated(
    settings: ApiSettings, n2f: DemoN2F, clock: _FastClock
) -> None:
    n2f.add_fault("stall", method="DELETE", seconds=5)
    with N2FClient(replace(settings, read_timeout=0.1), clock=clock) as client:
        client.authenticate()
        began = time.monotonic()
        assert client.send("DELETE", "users/x", None).attempts == 2
        assert time.monotonic() - began < 3


def test_no_answer_in_time_is_a_network_error_that_says_how_long_was_waited(
    settings: ApiSettings, n2f: DemoN2F, clock: _FastClock
) -> None:
    n2f.add_fault("stall", method="DELETE", seconds=5, times=None)
    impatient = replace(settings, read_timeout=0.05, max_attempts=2)
    with N2FClient(impatient, clock=clock) as client, pytest.raises(NetworkError) as caught:
        client.send("DELETE", "users/x", None)
    assert caught.value.message == "no answer within 0.05 s"
    assert (caught.value.http_status, caught.value.attempts) == (None, 2)
    assert caught.value.exit_code == 1


def test_a_server_that_is_not_there_is_a_network_error_that_names_the_host(clock: _FastClock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    nowhere = ApiSettings(
        base_url=f"http://127.0.0.1:{port}/", client_id="a", client_secret="b", quota=NO_QUOTA, max_attempts=3
    )
    with N2FClient(nowhere, clock=clock) as client, pytest.raises(NetworkError) as caught:
        client.send("DELETE", "users/x", None)
    assert caught.value.message == "the connection failed: Connection refused"
    assert f"127.0.0.1:{port}" in caught.value.doing
    assert caught.value.attempts == 3


def test_a_certificate_that_is_not_trusted_is_not_tried_again(
    script: _ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(*_args: object, **_options: object) -> None:
        tried.append(1)
        try:
            raise ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")
        except ssl.SSLError as error:
            raise requests.exceptions.SSLError("url with a mail") from error

    with talking_to(script) as client:
        monkeypatch.setattr(requests.Session, "request", refuse)
        with pytest.raises(NetworkError, match="self-signed certificate"):
            client.authenticate()
    assert len(tried) == 1


def test_attempts_end_where_the_settings_say(script: _ScriptedServer) -> None:
    script.replies = [reply(b"try later", status=503)] * 4
    with talking_to(script, max_attempts=4) as client, pytest.raises(ApiError) as caught:
        client.send("POST", "users", "{}")
    assert (caught.value.http_status, caught.value.attempts) == (503, 4)
    assert caught.value.message == "N2F answered 503: try later"
    assert "N2F_MAX_ATTEMPTS" in caught.value.remedy


def test_waits_grow_with_jitter_up_to_the_longest(script: _ScriptedServer, clock: _FastClock) -> None:
    random.seed(7)
    script.replies = [*[reply(status=500)] * 7, reply()]
    with talking_to(script, clock, max_attempts=8, backoff_initial=2.0, backoff_max=20.0) as client:
        client.send("POST", "users", "{}")
        assert client.stats.backoff_seconds == pytest.approx(sum(clock.waits))
    assert len(clock.waits) == 7
    for wait, shortest in zip(clock.waits, [2, 4, 8, 16, 20, 20, 20], strict=True):
        assert shortest <= wait <= min(shortest + 2, 20)
    assert len({wait % 1 for wait in clock.waits[:4]}) == 4


def http_date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("sent", "shortest", "longest"),
    [
        ("7", 7, 7),
        (" 7 ", 7, 7),
        ("999999", 90, 90),
        ("99999999999999999999", 0, 0.2),
        ("0", 0, 0.2),
        ("-5", 0, 0.2),
        ("soon", 0, 0.2),
        ("", 0, 0.2),
        (30, 27, 30),
        (-30, 0, 0.2),
        (86_400, 90, 90),
        ("Fri, 99 Foo 2026 00:00:00 GMT", 0, 0.2),
    ],
)
def test_retry_after_is_obeyed_in_seconds_or_as_a_date_within_reason(
    script: _ScriptedServer, clock: _FastClock, sent: str | int, shortest: float, longest: float
) -> None:
    text = sent if isinstance(sent, str) else http_date(sent)
    script.replies = [reply(status=429, headers={"Retry-After": text}), reply()]
    with talking_to(script, clock, backoff_initial=0.1, retry_after_max=90.0) as client:
        client.send("POST", "users", "{}")
    assert shortest <= clock.waits[0] <= longest


def test_a_date_of_retry_after_is_measured_with_the_clock_it_comes_from(
    script: _ScriptedServer, clock: _FastClock
) -> None:
    def answer(handler: _ScriptedHandler) -> None:
        handler.send_response_only(503)
        handler.send_header("Date", http_date(7200))
        handler.send_header("Retry-After", http_date(7230))
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    script.replies = [answer, reply()]
    with talking_to(script, clock) as client:
        client.send("POST", "users", "{}")
    assert clock.waits[0] == pytest.approx(30, abs=1)


# Tokens.


def test_one_token_serves_all_calls_and_is_asked_for_when_it_is_needed(
    client: N2FClient, n2f: DemoN2F
) -> None:
    assert n2f.stats["calls"] == []
    codes(client)
    codes(client)
    assert n2f.stats["tokens_issued"] == 1


def test_a_token_is_renewed_before_it_ends(client: N2FClient, n2f: DemoN2F, clock: _FastClock) -> None:
    client.authenticate()
    clock.passed += 3600 - 130
    client.authenticate()
    assert n2f.stats["tokens_issued"] == 1
    clock.passed += 20
    client.authenticate()
    assert n2f.stats["tokens_issued"] == 2


def test_a_short_lived_token_is_renewed_half_way(client: N2FClient, n2f: DemoN2F, clock: _FastClock) -> None:
    n2f.set_options(token_seconds=60)
    client.authenticate()
    clock.passed += 31
    client.authenticate()
    assert n2f.stats["tokens_issued"] == 2


@pytest.mark.parametrize(
    "validity", ["2001-01-01T00:00:00.0000000Z", "tomorrow", "", None, 12, [], "9999-99-99T00:00:00Z"]
)
def test_a_validity_that_makes_no_sense_does_not_cost_a_token_for_every_call(
    script: _ScriptedServer, validity: object, caplog: pytest.LogCaptureFixture
) -> None:
    script.tokens = [token(validity=validity)]
    script.replies = [reply()] * 5
    with talking_to(script) as client:
        for _ in range(5):
            client.send("POST", "users", "{}")
    assert script.requests.count("POST auth") == 1
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


@pytest.mark.parametrize("skew", [-7200, 7200, 3500])
def test_a_token_lasts_by_the_clock_of_n2f(script: _ScriptedServer, clock: _FastClock, skew: int) -> None:
    theirs = datetime.now(UTC) + timedelta(seconds=skew)
    ends = theirs + timedelta(hours=1)

    def answer(handler: _ScriptedHandler) -> None:
        body = json.dumps({"response": {"token": "t", "validity": f"{ends:%Y-%m-%dT%H:%M:%S.%f}7Z"}}).encode()
        handler.send_response_only(200)
        handler.send_header("Date", format_datetime(theirs, usegmt=True))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    script.tokens = [answer]
    with talking_to(script, clock) as client:
        client.authenticate()
        clock.passed += 3400
        client.authenticate()
        assert len(script.calls) == 1
        clock.passed += 100
        client.authenticate()
        assert len(script.calls) == 2


def test_401_gets_a_new_token_and_is_repeated_once(
    client: N2FClient, n2f: DemoN2F, clock: _FastClock
) -> None:
    client.authenticate()
    n2f.expire_tokens()
    assert client.send("DELETE", "users/x", None) == SendResult(http_status=404, attempts=2)
    assert n2f.stats["counts"] == {"POST auth": 2, "DELETE users": 2}
    assert clock.waits == []


def test_401_with_a_fresh_token_is_an_authentication_error(client: N2FClient, n2f: DemoN2F) -> None:
    n2f.add_fault("status", method="DELETE", status=401, times=None, body="client is blocked")
    with pytest.raises(AuthenticationError, match="N2F answered 401: client is blocked") as caught:
        client.send("DELETE", "users/x", None)
    assert (caught.value.http_status, caught.value.attempts) == (401, 2)
    assert n2f.stats["counts"] == {"POST auth": 2, "DELETE users": 2}


def test_each_call_may_renew_the_token_once(client: N2FClient, n2f: DemoN2F) -> None:
    for _ in range(3):
        n2f.add_fault("expire_token", method="DELETE")
        assert client.send("DELETE", "users/x", None).attempts == 2
    assert client.send("DELETE", "users/x", None).attempts == 1


def test_a_wrong_secret_is_an_authentication_error_that_names_the_variables(
    settings: ApiSettings, n2f: DemoN2F, clock: _FastClock
) -> None:
    wrong = replace(settings, client_secret="wrong-secret")
    with N2FClient(wrong, clock=clock) as client, pytest.raises(AuthenticationError) as caught:
        codes(client)
    assert "N2F_CLIENT_SECRET" in str(caught.value)
    assert "wrong-secret" not in json.dumps(caught.value.to_json())
    assert n2f.stats["counts"] == {"POST auth": 1}


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_client_is_not_tried_again(script: _ScriptedServer, status: int) -> None:
    script.tokens = [reply(status=status)]
    with talking_to(script) as client, pytest.raises(AuthenticationError) as caught:
        client.send("POST", "users", "{}")
    assert caught.value.http_status == status
    assert script.requests == ["POST auth"]


@pytest.mark.parametrize(
    "fault",
    [
        reply(status=503),
        reply(status=429),
        reply(b"garbage"),
        reply(b""),
        reply({"response": {}}),
        token(value=""),
        token(value=None),
        token(value="a b"),
        token(value="a\r\nX-Evil: 1"),
        reply(b"half", length=100),
    ],
)
def test_getting_a_token_is_repeated_like_any_call(script: _ScriptedServer, fault: Reply) -> None:
    script.tokens = [fault, token()]
    script.replies = [reply()]
    with talking_to(script) as client:
        assert client.send("POST", "users", "{}").attempts == 1
    assert script.requests == ["POST auth", "POST auth", "POST users"]


@pytest.mark.parametrize(("fault", "kind"), [(reply(status=503), ApiError), (reply(status=404), ApiError)])
def test_no_token_because_n2f_is_ill_is_not_called_a_wrong_secret(
    script: _ScriptedServer, fault: Reply, kind: type[CallError]
) -> None:
    script.tokens = [fault]
    with talking_to(script, max_attempts=2) as client, pytest.raises(kind, match="N2F answered"):
        client.authenticate()


# Where the token goes.


def test_a_redirect_is_not_followed_so_that_the_token_stays_with_its_host(script: _ScriptedServer) -> None:
    with _ScriptedServer() as other:
        script.replies = [reply(status=307, headers={"Location": other.url})]
        with talking_to(script) as client, pytest.raises(ApiError, match="307") as caught:
            client.send("POST", "users", "{}")
    assert "N2F_BASE_URL" in caught.value.remedy


def test_netrc_does_not_replace_the_token(
    script: _ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    script.replies = [reply()]
    with talking_to(script) as client:
        client.send("POST", "users", "{}")
    assert "Authorization" not in script.calls[0][2]
    assert script.calls[1][2]["Authorization"] == "Bearer a-token"


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(
    script: _ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{script.server_port}")
    script.replies = [reply()]
    with talking_to(script, base_url="http://n2f.example/api/v2/") as client:
        client.send("POST", "users", "{}")
    assert script.calls[-1][1] == "http://n2f.example/api/v2/users"
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    script.replies = [reply()]
    with talking_to(script) as client:
        client.send("POST", "users", "{}")
    assert script.calls[-1][1] == "/api/v2/users"


# Quotas, and one call at a time.


def test_every_attempt_and_every_token_counts_against_the_quota(
    settings: ApiSettings, n2f: DemoN2F, clock: _FastClock
) -> None:
    n2f.add_fault("status", method="DELETE", status=500, times=2)
    limited = replace(
        settings, quota=QuotaSettings(reads_per_minute=0, writes_per_minute=4), backoff_initial=0.0
    )
    with N2FClient(limited, clock=clock) as client:
        client.send("DELETE", "users/x", None)
        assert client.stats.quota_seconds == 0
        client.send("DELETE", "users/x", None)
        assert client.stats.quota_seconds == pytest.approx(60, abs=2)
        assert (client.stats.reads, client.stats.writes, client.stats.retries) == (0, 5, 2)


def test_the_next_client_counts_the_calls_of_the_last_one(
    settings: ApiSettings, n2f: DemoN2F, clock: _FastClock, tmp_path: Path
) -> None:
    limited = replace(settings, quota=QuotaSettings(writes_per_minute=4), ledger_dir=tmp_path)
    with N2FClient(limited, clock=clock) as client:
        for _ in range(3):
            client.send("DELETE", "users/x", None)
    with N2FClient(limited, clock=clock) as client:
        client.authenticate()
        assert client.stats.quota_seconds == pytest.approx(60, abs=2)
    assert n2f.stats["writes"] == 5


def test_a_second_call_at_the_same_time_is_refused(settings: ApiSettings) -> None:
    class MeddlingClock(_FastClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            client.send("DELETE", "users/x", None)

    limited = replace(settings, quota=QuotaSettings(writes_per_minute=1))
    with N2FClient(limited, clock=MeddlingClock()) as client:
        client.authenticate()
        with pytest.raises(RuntimeError, match="another one was in flight"):
            client.send("DELETE", "users/x", None)


def test_a_wait_that_is_interrupted_leaves_the_client_usable(settings: ApiSettings, n2f: DemoN2F) -> None:
    class StopError(Exception):
        pass

    class StoppedClock(_FastClock):
        is_stopped = True

        def sleep(self, seconds: float) -> None:
            if self.is_stopped:
                raise StopError
            super().sleep(seconds)

    clock = StoppedClock()
    with N2FClient(replace(settings, quota=QuotaSettings(writes_per_minute=1)), clock=clock) as client:
        client.authenticate()
        with pytest.raises(StopError):
            client.send("DELETE", "users/x", None)
        clock.is_stopped = False
        assert client.send("DELETE", "users/x", None).attempts == 1
    assert n2f.stats["writes"] == 2


# What is said of it.


def test_neither_logs_nor_errors_hold_secrets_tokens_payloads_or_mails(
    script: _ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ["s3cret-s3cret", "a-token", "jan%40example", "jan@example", "Peeters"]
    payload = json.dumps({"mail": "jan@example.com", "lastname": "Peeters"})
    path = encode_path("users/{mail}", {"mail": "jan@example.com"})
    script.replies = [
        reply(status=200),
        reply(b"cannot use " + payload.encode(), status=500),
        reply(b"Bearer a-token is bad", status=500),
        reply(b"jan%40example.com and s3cret-s3cret", status=500),
        reply(b"no", length=1),
        reply(b"Mr Peeters jan@example.com has open reports", status=409),
    ]
    said = []
    with talking_to(script, max_attempts=2, read_timeout=0.2) as client:
        client.send("PUT", path, payload, template="users/{mail}")
        for _ in range(3):
            try:
                client.send("PUT", path, payload)
            except CallError as error:
                said += [str(error), json.dumps(error.to_json()), repr(error), repr(error.__context__)]
        said.append(repr(vars(client)))
    said.append(caplog.text)
    assert "PUT users/{mail}: 200" in caplog.text
    assert "Mr *** *** has open reports" in " ".join(said)
    for secret in secrets:
        assert not [text for text in said if secret in text], secret


def test_a_failed_call_is_told_by_its_template(script: _ScriptedServer) -> None:
    script.replies = [reply(status=400), reply(status=400)]
    with talking_to(script) as client:
        with pytest.raises(ApiError) as caught:
            client.send("DELETE", "users/x", None, template="users/{mail}")
        assert caught.value.doing == "calling DELETE users/{mail}"
        with pytest.raises(ApiError) as caught:
            client.send("DELETE", "users/x", None)
        assert caught.value.doing == "calling DELETE users/…"
    script.replies = [reply(status=400)]
    with talking_to(script) as client, pytest.raises(ApiError) as caught:
        list(client.get_pages("companies/MTIz/axes", paged=True))
    assert caught.value.doing == "calling GET companies/…"
