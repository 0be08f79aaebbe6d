"""What an edit of the models would change in tonight's plan.

Two plans are made of one snapshot and one reading of Agresso: by the models of another revision of the repository,
and by the models as they stand in the working tree. Both are built in a scratch database (`scratch.py`); the site's
own is read, nobody is called, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from loader.database import Warehouse
from loader.errors import ConfigurationError, DataError, SyncError
from loader.impact_rows import ANALYSES, read_differences
from loader.impacted import Impact
from loader.revision import Revision, export_project, find_revision
from loader.scratch import KEPT, Scratch, scratch_of
from loader.settings import SyncSettings
from loader.status import named
from loader.stop import Stop
from loader.transform import Project, Source, project_of
from loader.warehouse import open_database
from loader.workplace import Workplace

_PLAN = ("push_changes", "push_safety", "rejected_rows", "fields_not_compared")
"""What is kept of a build, of `n2f_diff`."""

_MARK = "(select 1 as is_scratch) as mark"

_OF_SNAPSHOT = "snapshot_id = ?"

_COMPLETE = """
    select snapshot_id, base_url, completed_at from {n2f_raw.snapshots}
    where completed_at is not null order by started_at desc, snapshot_id desc
"""


def impact_of(place: Workplace, against: str) -> Impact:
    """Return how the plan of the working tree's models differs from the plan of those of another revision.

    Args:
        place: the site, with the settings that both plans are made with.
        against: what git takes for a commit.

    Raises:
        UsageError: the repository has no such revision.
        ConfigurationError: there is no git, no dbt project in the revision, or no scratch database.
        LockedError: a run is at work.
        DataError: there is no complete snapshot.
        DatabaseError: the models of one of the two do not build; it says of which.
    """
    revision = find_revision(place.root, against)
    if not place.database.exists():
        raise _no_snapshot()
    with (
        Stop().listening(),  # a signal must not leave a copy of the inputs behind
        TemporaryDirectory(prefix="n2f-sync-impact-") as name,
    ):
        folder = Path(name).resolve()
        target = place.project.target()
        scratch = scratch_of(place.database, target, place.env, folder)
        older = _Tree(
            place, scratch, export_project(place.root, revision, folder / "against"), folder / "before"
        )
        present = _Tree(place, scratch, place.root, folder / "now")
        with _emptied(scratch, present.project):
            place.progress.stage("copying what the models read")
            snapshot = _fill(place, scratch, folder)
            with present.database.connect() as warehouse:
                return _compared(
                    place,
                    scratch,
                    warehouse,
                    revision=revision,
                    older=older.project,
                    present=present.project,
                    snapshot=snapshot,
                )


class _Tree:
    """A dbt project as it is built in the scratch database: with the site's profile and settings."""

    def __init__(self, place: Workplace, scratch: Scratch, root: Path, artifacts: Path) -> None:
        of_dbt = {
            "DBT_PROFILES_DIR": str(place.project.profiles_dir().resolve()),
            "DBT_TARGET_PATH": str(artifacts),
            "DBT_LOG_PATH": str(artifacts),
        }
        self.project = project_of(root, dict(place.env) | of_dbt | scratch.environment(), place.settings)
        target = self.project.target()
        if not scratch.is_target(target):
            names = " and ".join(scratch.environment())
            raise ConfigurationError(
                f"the dbt profile does not read {names}, so that the models would be built on the site's own tables",
                doing="looking for a place to build in",
                remedy="Read them as profiles.yml.example does.",
            )
        self.database = open_database(target, root)


@contextmanager
def _emptied(scratch: Scratch, project: Project) -> Iterator[None]:
    scratch.empty(project)
    try:
        yield
    finally:
        scratch.empty(project)


def _fill(place: Workplace, scratch: Scratch, folder: Path) -> dict[str, Any]:
    """Copy what the models read of this moment, and return the snapshot."""
    scratch.refuse_a_run()
    snapshot = _newest_snapshot(place)
    there = _tables(place, place.project.sources(folder))
    with scratch.filling() as filling:
        for schema in (KEPT, *dict.fromkeys(_schema(source) for source in there)):
            filling.create_schema(schema)
            if schema == KEPT:
                filling.copy(_MARK, KEPT, "scratch")
        for source in there:
            copied = (source.relation, _schema(source), source.name)
            if source.schema == "n2f_raw" and source.name != "snapshots":
                filling.copy(*copied, condition=_OF_SNAPSHOT, parameters=(snapshot["snapshot_id"],))
            else:
                filling.copy(*copied)
    return snapshot


def _newest_snapshot(place: Workplace) -> dict[str, Any]:
    with place.database.connect(read_only=True) as warehouse:
        found = warehouse.rows(_COMPLETE) if warehouse.has_table("n2f_raw", "snapshots") else []
    if not found:
        raise _no_snapshot()
    return named(("snapshot_id", "base_url", "completed_at"), found[0])


def _tables(place: Workplace, sources: Sequence[Source]) -> list[Source]:
    """Return what there is to copy; a table that models have only just learned of is made empty, like everywhere."""
    with place.database.connect(read_only=True) as warehouse:
        return [
            source
            for source in sources
            if source.group == "agresso" or warehouse.has_table(source.schema, source.name)
        ]


def _schema(source: Source) -> str:
    """Return where a copy stands: Agresso's views are wherever they are, and their copies in a schema of their own."""
    return "agresso" if source.group == "agresso" else source.schema


def _compared(
    place: Workplace,
    scratch: Scratch,
    warehouse: Warehouse,
    *,
    revision: Revision,
    older: Project,
    present: Project,
    snapshot: dict[str, Any],
) -> Impact:
    """Build both, one after the other, and compare; what is kept of the first stands beside the second."""
    place.progress.stage("reading the models of the working tree")
    # First, so that a slip of the pen there is told before the other revision is built.
    queries = present.compiled(ANALYSES, doing="reading the models of the working tree")
    doing = f"building the models of {revision}"
    place.progress.stage(doing)
    selected = [f"+{name}" for name in _PLAN]
    _told(lambda: older.build_all(*selected, doing=doing), "Name a revision whose models build.")
    keeping = scratch.keeping(warehouse)
    for name in _PLAN:
        if not warehouse.has_table("n2f_diff", name):
            raise DataError(
                f"the models of {revision} make no {name}",
                doing=doing,
                remedy="Name a newer revision: this one makes another kind of plan.",
            )
        keeping.copy(f'"{keeping.catalog}"."n2f_diff"."{name}"', KEPT, name)
    doing = "building the models of the working tree"
    place.progress.stage(doing)
    _told(lambda: present.build_all(doing=doing), "Correct the edit: `dbt build` shows all of it.")
    place.progress.stage("testing what the working tree's models made")
    failed_tests = _failed_tests(present)
    place.progress.stage("comparing the two plans")
    return Impact(
        against={"name": revision.name, "commit": revision.commit},
        snapshot=snapshot,
        settings=_settings(place.settings),
        failed_tests=failed_tests,
        **read_differences(warehouse, queries),
    )


def _failed_tests(project: Project) -> tuple[str, ...]:
    """Return the data tests that fail: they would stop a run, and are part of the answer here."""
    try:
        project.test(doing="testing what the working tree's models made")
    except DataError as error:
        tests = error.details.get("tests")
        return tuple(str(name) for name in tests) if isinstance(tests, list) else (error.message,)
    return ()


def _told(build: Callable[[], None], remedy: str) -> None:
    """Build, and give an error the remedy that fits the tree."""
    try:
        build()
    except SyncError as error:
        error.remedy = remedy
        raise


def _settings(settings: SyncSettings) -> dict[str, Any]:
    return {
        "sandbox": settings.sandbox,
        "actions": sorted(settings.actions),
        "scopes": sorted(settings.scopes) if settings.scopes is not None else None,
        "only_companies": list(settings.only_companies),
        "only_mails": list(settings.only_mails),
    }


def _no_snapshot() -> DataError:
    return DataError(
        "there is no complete snapshot of N2F to plan from",
        doing="copying what the models read",
        remedy="Take one with `n2f-sync snapshot`, or add --sample to compare on the sample data.",
    )
