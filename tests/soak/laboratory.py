"""The database of a story, and what stands in for dbt in it.

The models are the project's own, compiled by dbt and built statement by statement in the order of its manifest:
tests/models compares them with the contract on random worlds, `tests/models/test_whole_runs.py` runs the loader on
them, and `test_soak.py::test_the_models_are_built_as_the_lab_builds_them` compares this faster way with theirs.
What is faster: DuckDB is told not to optimize (planning takes most of a build of a few rows), and views are made
once. dbt's data tests do not run here; tests/models/test_data_tests.py is about them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from loader.database import Warehouse
from loader.duckdb_database import DuckDBWarehouse
from tests.engines import Connection, DuckDBEngine
from tests.models.compiled import CompiledModels, dbt_environment
from tests.models.lab import DuckDBLab
from tests.models.loading import insert, load_seeds, load_settings
from tests.reference.world import World
from tests.soak.life import Life, Where
from tests.soak.times import Time

_NOW = "now()"  # as the macros now_utc and hours_ago say it on DuckDB
_SIMULATED_NOW = "(select instant from main.simulated_now)"


class SoakLab(DuckDBLab):
    """A lab whose database lives as long as a story, and knows no other time than the story's."""

    @classmethod
    def compiled_in(cls, folder: Path) -> SoakLab:
        """Let dbt compile the project in a folder."""
        engine = DuckDBEngine()
        with engine.database(folder) as database:
            environment = dbt_environment(folder) | database
            return cls(simulated(CompiledModels.by_dbt(environment)), engine, environment)

    @contextmanager
    def opened(self, world: World) -> Iterator[Any]:
        """Yield the database of a story, Agresso's tables loaded."""
        with self.open_before_snapshot(world) as connection:
            connection.execute("set threads = 1")
            names = [
                name for (name,) in connection.execute("select name from duckdb_optimizers()").fetchall()
            ]
            connection.execute(f"set global disabled_optimizers = '{','.join(names)}'")
            connection.execute("create table main.simulated_now as select now() as instant")
            yield connection

    def load_agresso(self, connection: Connection, world: World) -> None:
        """Write Agresso's two views anew."""
        self._load_agresso(connection, world)

    def rebuild(self, connection: Connection, *, with_views: bool) -> None:
        """Build the models, their views only when asked to."""
        self._create(connection, lambda model: with_views or model.materialized == "table")

    def reload(self, connection: Connection, world: World) -> None:
        """Write seeds and settings anew."""
        for name in self._written:
            connection.execute(f"delete from n2f_staging.{name}")
        load_seeds(connection, world)
        load_settings(connection, world)


def simulated(compiled: CompiledModels) -> CompiledModels:
    """Return models that take the present from a table."""
    models = tuple(model._replace(sql=model.sql.replace(_NOW, _SIMULATED_NOW)) for model in compiled.models)
    return replace(compiled, models=models)


class MortalConnection:
    """A connection of a command that may be killed: before and after each statement, and dead from then on."""

    def __init__(self, connection: Any, life: Life, *, before: Where, after: Where | None = None) -> None:
        self._connection, self._life, self._before, self._after = connection, life, before, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, *statement: Any) -> Any:
        """Run a statement."""
        self._life.passes(self._before)
        result = self._connection.execute(*statement)
        if self._after is not None:
            self._life.passes(self._after)
        return result


class StoryDatabase:
    """The database as the loader opens it. In memory: what is not committed when it is closed is lost all the same."""

    def __init__(self, connection: Any, life: Life) -> None:
        self._connection, self._life = connection, life

    @contextmanager
    def lock(self) -> Iterator[None]:
        """See `loader.database.Database.lock`; there is one command at a time."""
        yield

    @contextmanager
    def connect(self, *, holds_lock: bool = False) -> Iterator[Warehouse]:  # noqa: ARG002
        """See `loader.database.Database.connect`."""
        own = self._connection.cursor()
        own.execute("use models")
        try:
            yield DuckDBWarehouse(MortalConnection(own, self._life, before="statement", after="committed"))  # type: ignore[arg-type]
        finally:
            own.close()


class DbtStandIn:
    """What `loader.transform.Project` does, without dbt, in a connection of its own as dbt has one.

    Attributes:
        life: of the command that is at work.
        world: Agresso, seeds and settings; what N2F holds is in the snapshot.
        on_built: what is called after a build.
    """

    def __init__(self, lab: SoakLab, connection: Any, time: Time) -> None:
        self._lab, self._time = lab, time
        self._connection = connection.cursor()
        self._connection.execute("use models")
        self._has_views = False
        self.life = Life()
        self.world = World()
        self.on_built: Callable[[], None] = lambda: None

    def create_loader_tables(self) -> None:
        """They are there."""

    def parsing(self) -> AbstractContextManager[None]:
        """There is nothing to parse."""
        return nullcontext()

    def target_dir(self) -> Path:
        """Name a folder that is not there: no artifacts are written."""
        return Path("no-artifacts")

    def prepare(self) -> None:
        """Load seeds and settings; the views that a snapshot needs are there."""
        self._lab.reload(self._mortal(), self.world)

    def build(self) -> None:
        """Build all models at the story's present."""
        connection = self._mortal()
        connection.execute("update main.simulated_now set instant = ?", [self._time.now()])
        self._lab.rebuild(connection, with_views=not self._has_views)
        self._has_views = True
        self.on_built()

    def _mortal(self) -> Any:
        return MortalConnection(self._connection, self.life, before="model")


def set_holds(connection: Any, world: World) -> None:
    """Write the holds that there are now."""
    connection.execute("delete from n2f_sync.holds")
    insert(connection, "n2f_sync.holds", [
        [hold.scope, hold.entity_key, "a reason", "a DBA", hold.held_until] for hold in world.holds
    ])  # fmt: skip
