"""The demo's N2F inside a test or a demo: a context manager around a server in a thread of its own."""

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from demo.clock import Clock
from demo.control import Control
from demo.documents import JsonObject
from demo.server import DEFAULT_CREDENTIALS, running
from demo.service import Service
from demo.world import World

T = TypeVar("T")


class DemoN2F:
    """An N2F on a free port of 127.0.0.1, for as long as the `with` block lasts.

    What it is given and what it tells are copies: changing a dict afterwards changes nothing in the server.
    """

    client_id = DEFAULT_CREDENTIALS.client_id
    client_secret = DEFAULT_CREDENTIALS.client_secret

    def __init__(
        self, world: Mapping[str, Any] | None = None, *, port: int = 0, clock: Clock | None = None
    ) -> None:
        self._service = Service(World(_copy(world or {})), DEFAULT_CREDENTIALS, clock=clock)
        self._control = Control(self._service)
        self._port = port
        self._base_url = ""
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread: threading.Thread

    def __enter__(self) -> Self:
        started: Future[str] = Future()
        self._thread = threading.Thread(
            target=self._serve_until_stopped, args=(started,), name="demo-n2f", daemon=True
        )
        self._thread.start()
        self._base_url = started.result()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def base_url(self) -> str:
        """Base URL of the API, with a slash at its end."""
        return self._base_url

    @property
    def stats(self) -> JsonObject:
        """Statistics since they were reset, as under `/_demo/stats`; a copy of this moment."""
        return self._ask("GET", "stats")

    @property
    def in_flight(self) -> int:
        """How many calls N2F is at work on at this moment."""
        return self._service.traffic.in_flight

    def reset_stats(self) -> None:
        """Begin counting anew."""
        self._ask("POST", "reset_stats")

    def world(self) -> JsonObject:
        """The state of N2F now."""
        return self._ask("GET", "world")

    def set_world(self, world: Mapping[str, Any]) -> None:
        """Replace the state; statistics, options, faults and tokens stay."""
        self._ask("PUT", "world", world)

    def reset(self, world: Mapping[str, Any] | None = None) -> None:
        """Start over as if just entered: another world; default options; no faults, tokens or statistics."""
        self._ask("POST", "reset", world or {})

    def set_options(self, **options: object) -> None:
        """Change some of the attributes of `demo.options.Options`."""
        self._ask("POST", "options", options)

    def add_fault(self, kind: str, **rule: object) -> None:
        """Queue a fault: the attributes of `demo.faults.Fault` by name."""
        self._ask("POST", "faults", {"kind": kind, **rule})

    def clear_faults(self) -> None:
        """Take all faults away."""
        self._ask("DELETE", "faults")

    def expire_tokens(self) -> None:
        """End all tokens now."""
        self._run(self._service.tokens.expire_all)

    def _ask(self, method: str, name: str, sent: object = None) -> JsonObject:
        copied = _copy(sent)
        return cast(JsonObject, _copy(self._run(lambda: self._control.do(method, name, copied))))

    def _run(self, action: Callable[[], T]) -> T:
        """Run something where the server's state lives: in its thread, or here when it has stopped."""
        if not self._thread.is_alive():
            return action()

        async def act() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self._loop).result()

    def _serve_until_stopped(self, started: Future[str]) -> None:
        try:
            asyncio.run(self._serve(started))
        except OSError as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            if not started.done():
                started.set_exception(RuntimeError("the demo's N2F did not start"))

    async def _serve(self, started: Future[str]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with running(self._service, self._port) as base_url:
            started.set_result(base_url)
            await self._stop.wait()


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))
