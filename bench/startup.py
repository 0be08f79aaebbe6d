"""A sync with nothing to do, against `dbtRunner` alone with the same selections; and commands that need no dbt."""

from __future__ import annotations

from statistics import median

from bench import processes
from bench.figures import Figure
from bench.place import place_of
from bench.processes import Ended
from loader.config import load_sync_settings

USERS = 300

_COMMANDS = {
    "loader": ("loader", "run", "--json"),
    "reference": ("bench.dbt_alone",),
    "help": ("loader", "--help"),
    "status": ("loader", "status"),
}


def measure(*, users: int = USERS, repeats: int = 3) -> list[Figure]:
    """Measure in turns, on the same database and the same warm parse, and return medians.

    Processor seconds are compared: N2F's latency is in neither of them.
    """
    with place_of(users=users, values=users) as place:
        # What the loader passes on, so that neither finds the other's parse stale.
        environment = place.environment | load_sync_settings(place.environment).dbt_environment()
        ended: dict[str, list[Ended]] = {name: [] for name in _COMMANDS}
        for turn in range(1 + repeats):
            for name, (module, *arguments) in _COMMANDS.items():
                found = processes.run(module, *arguments, environment=environment)
                if turn > 0:  # the first builds what is missing, and leaves a parse behind
                    ended[name].append(found)
    cpu = {name: median(each.cpu_seconds for each in found) for name, found in ended.items()}
    wall = {name: median(each.seconds for each in found) for name, found in ended.items()}
    return [
        Figure(key="cpu_seconds", title="in step: whole run, s of processor", value=cpu["loader"]),
        Figure(key="seconds", title="in step: whole run, s", value=wall["loader"]),
        Figure(
            key="reference_cpu_seconds",
            title="reference: `dbtRunner` alone, s of processor",
            value=cpu["reference"],
        ),
        Figure(key="reference_seconds", title="reference: `dbtRunner` alone, s", value=wall["reference"]),
        Figure(
            key="ratio",
            title="**processor of the run ÷ that of `dbtRunner`**",
            value=cpu["loader"] / cpu["reference"],
        ),
        Figure(key="help_seconds", title="`n2f-sync --help`, s", value=wall["help"]),
        Figure(key="help_cpu_seconds", title="`n2f-sync --help`, s of processor", value=cpu["help"]),
        Figure(key="status_seconds", title="`n2f-sync status`, s", value=wall["status"]),
        Figure(key="status_cpu_seconds", title="`n2f-sync status`, s of processor", value=cpu["status"]),
    ]
