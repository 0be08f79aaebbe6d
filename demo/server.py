"""The demo's N2F as a server on this machine: `python -m demo.server --port 0 --world FILE.json`."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from demo.api import Credentials
from demo.control import CONTROL_PATH, Control
from demo.options import Options
from demo.service import BASE_PATH, Service
from demo.world import World

HOST = "127.0.0.1"
DEFAULT_CREDENTIALS = Credentials(client_id="demo-client", client_secret="demo-secret")  # noqa: S106 - opens the demo alone

_LARGEST_BODY = 2**30  # bytes: a world of 100,000 users is some 60 MB
_SHUTDOWN_SECONDS = 0.2


@asynccontextmanager
async def running(service: Service, port: int = 0) -> AsyncIterator[str]:
    """Serve on a port of the loopback, 0 being any free one, and yield the base URL, slash at the end.

    Handlers end when their client goes away, so that a call the client gave up is no longer in flight.
    """
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.router.add_route("*", CONTROL_PATH + "{name}", Control(service).handle)
    app.router.add_route("*", "/{path:.*}", service.handle)
    runner = web.AppRunner(
        app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        _, bound_port = runner.addresses[0][:2]
        yield f"http://{HOST}:{bound_port}{BASE_PATH}"
    finally:
        await runner.cleanup()


async def _serve(service: Service, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with running(service, port) as base_url:
        sys.stdout.write(f"listening on {base_url}\n")
        sys.stdout.flush()
        await stop.wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the server until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.server", description="An N2F that runs on this machine."
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port on the loopback; 0, the default, is any free one"
    )
    parser.add_argument(
        "--world", type=Path, help="JSON file with the state to begin with; without it N2F is empty"
    )
    parser.add_argument("--reads-per-minute", type=int, help="quota of GET calls; without it there is none")
    parser.add_argument(
        "--writes-per-minute", type=int, help="quota of all other calls; without it there is none"
    )
    parser.add_argument("--token-seconds", type=float, default=3600.0, help="how long a token holds")
    chosen = parser.parse_args(arguments)
    state = json.loads(chosen.world.read_text(encoding="utf-8")) if chosen.world else {}
    options = Options(
        reads_per_minute=chosen.reads_per_minute,
        writes_per_minute=chosen.writes_per_minute,
        token_seconds=chosen.token_seconds,
    )
    asyncio.run(_serve(Service(World(state), DEFAULT_CREDENTIALS, options), chosen.port))


if __name__ == "__main__":
    main()
