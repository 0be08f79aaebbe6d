"""One N2F over HTTP: a world, who may call, how calls are counted, and what goes wrong with them."""

import asyncio
import json

from aiohttp import web

from demo import replies
from demo.api import Answer, Credentials, answer_call, kind_of
from demo.clock import Clock
from demo.documents import JsonObject
from demo.faults import FaultKind, Faults
from demo.options import Options
from demo.tokens import Tokens
from demo.traffic import Call, Traffic
from demo.world import World

BASE_PATH = "/services/api/v2/"

# Turns of the event loop before an answer goes out, so that a call which came meanwhile on another connection
# is heard and seen to be a second one: accepting a connection, reading and starting a handler take so many.
_TURNS_TO_LISTEN = 6


class Service:
    """The state of a running N2F and the way a call takes through it.

    A call is refused when another is in flight (409) or its quota is used up (429); then a fault may happen
    to it; then it is done.
    """

    def __init__(
        self,
        world: World,
        credentials: Credentials,
        options: Options | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.credentials = credentials
        self._clock = clock
        self.reset(world, options)

    def reset(self, world: World, options: Options | None = None) -> None:
        """Start over: another world, and no statistics, quota windows, faults or tokens from before."""
        self.world = world
        self.options = options or Options()
        self.tokens = Tokens(self._clock)
        self.traffic = Traffic(self._clock)
        self.faults = Faults()

    def stats(self) -> JsonObject:
        """What was called since the statistics were reset, tokens since the start."""
        return {
            **self.traffic.to_json(),
            "tokens_issued": self.tokens.issued,
            "faults_left": len(self.faults),
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one API call; one that is not below the base path is of kind `other` and answered 404."""
        raw_path = request.raw_path
        path = raw_path.removeprefix(BASE_PATH)
        traffic = self.traffic
        call = traffic.begin(request.method, path, "other" if path == raw_path else kind_of(path))
        try:
            is_alone = traffic.is_alone()
            seconds = traffic.seconds_to_wait(call, self.options)
            body = await request.read()
            call.payload = _payload(call, body)
            await asyncio.sleep(self.options.latency_seconds)
            response: web.Response | None
            if not is_alone:
                response = replies.text(409, "another call is in flight")
            elif seconds:
                response = replies.text(429, "too many calls", {"Retry-After": str(seconds)})
            elif path == raw_path:
                response = replies.text(404, "nothing here")
            else:
                response = await self._answer(request, call, body)
            for _ in range(_TURNS_TO_LISTEN):
                await asyncio.sleep(0)
            if response is None:
                return web.Response()
            if self.options.date_offset_seconds:
                response.headers["Date"] = replies.http_date(self.options.date_offset_seconds)
            call.status = response.status
            return response
        finally:
            traffic.end()

    async def _answer(self, request: web.Request, call: Call, body: bytes) -> web.Response | None:
        """The answer to a call, after the fault that happens to it; None once the connection is closed."""
        fault = self.faults.take(call.method, call.path)
        if fault is None:
            return replies.whole(self._do(request, call, body))
        if fault.prevents(call.method):
            return replies.instead(request, fault)
        if fault.kind is FaultKind.EXPIRE_TOKEN:
            self.tokens.expire_all()
        answer = self._do(request, call, body)
        if fault.kind is FaultKind.STALL:
            await asyncio.sleep(fault.seconds)
        return await replies.spoiled(request, answer, fault)

    def _do(self, request: web.Request, call: Call, body: bytes) -> Answer:
        return answer_call(
            self.world,
            self.options,
            self.tokens,
            self.credentials,
            method=call.method,
            raw_path=call.path,
            authorization=request.headers.get("Authorization"),
            body=body,
        )


def _payload(call: Call, body: bytes) -> object:
    if call.is_read or call.kind == "auth" or not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return None
