"""Answers as aiohttp sends them, whole, spoiled or cut off."""

import time
from collections.abc import Mapping
from email.utils import formatdate

from aiohttp import web

from demo.api import Answer
from demo.faults import Fault, FaultKind

_BODIES = {
    FaultKind.GARBAGE: b"\x00\xff\xfe garbage }{",
    FaultKind.HTML: b"<!DOCTYPE html><html><head><title>N2F</title></head><body>Back soon</body></html>",
    FaultKind.EMPTY: b"",
}
_TYPES = {
    FaultKind.GARBAGE: "application/json",
    FaultKind.HTML: "text/html",
    FaultKind.EMPTY: "application/json",
}
_EMPTY_ANSWER = b'{"response":{}}'


def whole(answer: Answer) -> web.Response:
    """The answer as it should be."""
    if answer.body and not answer.is_json:
        return text(answer.status, answer.body.decode())
    return _json(answer.body, answer.status) if answer.body else web.Response(status=answer.status)


def http_date(offset_seconds: float) -> str:
    """The header `Date` of a clock that is so many seconds ahead."""
    return formatdate(time.time() + offset_seconds, usegmt=True)


def text(status: int, body: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer of plain text, as errors are."""
    return web.Response(status=status, text=body, headers=headers)


def instead(request: web.Request, fault: Fault) -> web.Response | None:
    """The answer to a call that a fault kept from being done; None once the connection is closed."""
    match fault.kind:
        case FaultKind.STATUS:
            return text(fault.status, fault.body, fault.headers)
        case FaultKind.DROP_BEFORE:
            _drop(request)
            return None
        case _:
            return web.Response()


async def spoiled(request: web.Request, answer: Answer, fault: Fault) -> web.Response | None:
    """The answer to a call that was done, after the fault; None once the connection is closed."""
    body = answer.body or _EMPTY_ANSWER
    match fault.kind:
        case FaultKind.DROP_AFTER:
            _drop(request)
            return None
        case FaultKind.CUT:
            await _cut(request, body)
            return None
        case FaultKind.TRUNCATE:
            return _json(body[: len(body) // 2])
        case FaultKind.GARBAGE | FaultKind.HTML | FaultKind.EMPTY:
            return web.Response(body=_BODIES[fault.kind], content_type=_TYPES[fault.kind])
        case _:
            return whole(answer)


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _cut(request: web.Request, body: bytes) -> None:
    headers = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(status=status, body=body, content_type="application/json", charset="utf-8")
