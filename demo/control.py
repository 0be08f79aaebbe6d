"""The control routes of the demo's N2F, below `/_demo/`: no API calls, no token, not counted."""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from demo.documents import JsonObject
from demo.faults import Fault
from demo.service import Service
from demo.world import World

CONTROL_PATH = "/_demo/"


class Control:
    """What tests and the demo ask of a running N2F, by name and JSON."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._actions: dict[tuple[str, str], Callable[[Any], JsonObject]] = {
            ("GET", "stats"): lambda _: service.stats(),
            ("POST", "reset_stats"): self._reset_stats,
            ("GET", "world"): lambda _: service.world.to_json(),
            ("PUT", "world"): self._replace_world,
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("POST", "options"): self._change_options,
            ("POST", "reset"): self._reset,
        }

    def do(self, method: str, name: str, sent: Any) -> JsonObject:
        """Do what is asked.

        Raises:
            KeyError: There is no such route.
            ValueError: What was sent cannot be used; nothing was changed.
        """
        return self._actions[method, name](sent)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one control call over HTTP: 200 with JSON, 400 with the reason, or 404."""
        try:
            body = await request.read()
            answer = self.do(request.method, request.match_info["name"], json.loads(body) if body else {})
        except KeyError:
            return web.Response(status=404, text="no such control route")
        except ValueError as error:
            return web.Response(status=400, text=str(error))
        return web.json_response(answer)

    def _reset_stats(self, _sent: Any) -> JsonObject:
        self._service.traffic.reset()
        return {}

    def _replace_world(self, sent: Any) -> JsonObject:
        self._service.world = World(sent)
        return {}

    def _add_faults(self, sent: Any) -> JsonObject:
        rules = [Fault.from_json(rule) for rule in (sent if isinstance(sent, list) else [sent])]
        for rule in rules:
            self._service.faults.add(rule)
        return {"faults_left": len(self._service.faults)}

    def _clear_faults(self, _sent: Any) -> JsonObject:
        self._service.faults.clear()
        return {}

    def _change_options(self, sent: Any) -> JsonObject:
        self._service.options = self._service.options.changed(sent)
        return {}

    def _reset(self, sent: Any) -> JsonObject:
        self._service.reset(World(sent))
        return {}
