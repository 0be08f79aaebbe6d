"""A story: one N2F, one Agresso, one database, and some nights, all of it from one seed."""

from __future__ import annotations

import hashlib
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from demo.harness import DemoN2F
from tests.reference.world import ACTIONS, Settings
from tests.soak import moves, weather
from tests.soak.commander import Commander
from tests.soak.convergence import breaches_at_the_end
from tests.soak.invariants import Breach, BrokenInvariantError, breaches_of
from tests.soak.laboratory import SoakLab
from tests.soak.record import Command
from tests.soak.scene import first_n2f, first_scene, one
from tests.soak.times import N2FTime, Time

STORMY_NIGHTS = (2, 7)
CALM_NIGHTS = 3
"""The first brings N2F in step; the second tries again deletes that the nights before took for done; the third must
find nothing to do."""
FEWEST_NIGHTS = STORMY_NIGHTS[0] + CALM_NIGHTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a story came to: counts for people, and a digest that is the same whenever its seed is told again."""

    seed: int
    nights: int
    counts: Counter[str] = field(default_factory=Counter)
    digest: str = ""


class Stage:
    """What stories share, since making it takes long: the compiled models, and a server for N2F."""

    def __init__(self, lab: SoakLab, folder: Path) -> None:
        self._lab, self._folder = lab, folder
        self._n2f_time = N2FTime()
        self.n2f = DemoN2F(clock=self._n2f_time)

    @contextmanager
    def open(self) -> Iterator[Stage]:
        """Keep the server up."""
        with self.n2f:
            yield self

    def tell(self, seed: int) -> Told:
        """Tell a story to its end, and check everything.

        Raises:
            BrokenInvariantError: an invariant does not hold.
        """
        rng = random.Random(seed)  # noqa: S311 - a story, no secret
        random.seed(seed)  # tenacity's jitter takes the shared one
        first = weather.first_evening(rng)
        time = Time(first)
        self._n2f_time.begin(time, seconds_off=rng.choice((0.0, 0.0, -0.8, 0.8)))
        held = first_n2f(rng)
        scene = first_scene(rng, held)
        self.n2f.reset(held)
        with (
            tempfile.TemporaryDirectory(dir=self._folder) as ledger,
            self._lab.opened(scene.world(held, Settings(), first.replace(tzinfo=None))) as connection,
            time.of_the_tables(),
        ):
            commander = Commander(
                rng=rng, lab=self._lab, connection=connection, n2f=self.n2f, time=time, scene=scene,
                quota=weather.quota(rng), ledger_dir=Path(ledger),
            )  # fmt: skip
            nights = _Nights(seed, rng, commander, first)
            nights.all()
        return Told(seed=seed, nights=nights.count, counts=nights.counts(), digest=nights.digest())


class _Nights:
    """The nights of one story."""

    def __init__(self, seed: int, rng: random.Random, commander: Commander, first: datetime) -> None:
        self._seed, self._rng, self._commander, self._first = seed, rng, commander, first
        self._sandbox = one(rng, 6)
        self._done: list[Command] = []
        self.count = 0

    def all(self) -> None:
        for _ in range(self._rng.randint(*STORMY_NIGHTS)):
            self._stormy()
        calm = [self._calm() for _ in range(CALM_NIGHTS)]
        self._judge(breaches_at_the_end(calm, self._commander.n2f.world()))

    def counts(self) -> Counter[str]:
        """Return what there was of everything."""
        found = Counter(f"command {command.name} {command.how}" for command in self._done)
        for command in self._done:
            found["calls"] += len(command.calls)
            found["writes"] += len(command.writes)
            found["failed calls"] += sum(not call.is_success for call in command.calls)
            found["lost answers"] += sum(call.heard is None for call in command.calls)
            found["kills"] += command.how == "killed"
            found["signals"] += "signal" in command.struck_by
            found["results"] += len(command.results) - len(command.results_before)
            found["deletes"] += sum(row is not None and row.action == "delete" for _, row in command.writes)
            found["withheld"] += (
                sum(row.decision == "withheld" for row in command.plan.rows) if command.plan else 0
            )
        return found

    def digest(self) -> str:
        """Return a hash over all calls and results; ids, in which chance has a part, are left out."""
        said = [
            (
                command.name, command.how, command.exit_code, [str(call) for call in command.calls],
                [(each.sequence, each.status, each.http_status, each.attempts) for each in command.results],
            )
            for command in self._done
        ]  # fmt: skip
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def _stormy(self) -> None:
        rng, commander = self._rng, self._commander
        self._begin()
        options = weather.options(rng, sandbox=self._sandbox, now=commander.time.now())
        for name in weather.commands(rng):
            ended = self._do(
                commander.do(self.count, name, options, weather.weather(rng, commander.time.now()))
            )
            if ended.how != "ended" and one(rng, 2):
                commander.time.sleep(rng.choice((0, 1, 20, 600, 6 * 3600)))
                again: weather.Name = rng.choice(("push", "run"))
                storm = weather.weather(rng, commander.time.now()) if one(rng, 2) else weather.Weather()
                self._do(commander.do(self.count, again, options, storm))
                return
            if ended.how != "ended":
                return
            commander.time.sleep(rng.choice((0, 5, 30, 1800)))

    def _calm(self) -> Command:
        self._begin(is_calm=True)
        settings = Settings(
            sandbox=self._sandbox,
            sandbox_company="BE" if self._sandbox else None,
            allow_mass=frozenset(ACTIONS),
        )
        options = weather.Options(settings=settings)
        return self._do(self._commander.do(self.count, "run", options, weather.Weather(), is_calm=True))

    def _begin(self, *, is_calm: bool = False) -> None:
        """Let the next night come, and the world move meanwhile; in calm nights it stands still."""
        commander = self._commander
        self.count += 1
        begins = weather.beginning(self._rng, self._first + timedelta(days=self.count))
        commander.time.sleep(max(0.0, (begins - commander.time.now()).total_seconds()))
        held = commander.n2f.world()
        if is_calm:
            moves.calm(commander.scene, held)
        else:
            moves.move(commander.scene, held, commander.time.now().replace(tzinfo=None))
        commander.load(held)

    def _do(self, command: Command) -> Command:
        self._done.append(command)
        self._judge(breaches_of(command))
        return command

    def _judge(self, breaches: list[Breach]) -> None:
        if breaches:
            raise BrokenInvariantError(self._seed, breaches)
