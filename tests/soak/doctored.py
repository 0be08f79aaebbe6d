"""Records of a run that did all it should, and of the same run doctored, for each invariant in several ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from tests.models.comparison import encoded
from tests.reference.builders import n2f, user_doc, user_row, uuid, value_doc, value_row
from tests.reference.oracle import expect
from tests.reference.ordering import selection
from tests.reference.world import ACTIONS, GuardLimit, Hold, Seeds, Settings, World
from tests.soak.record import Call, Command, Plan, Quota, Result, Row

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
EVENING = datetime(2026, 11, 22, 19, tzinfo=UTC).timestamp()  # 20:00 in Brussels
DAWN = datetime(2026, 11, 22, 5, tzinfo=UTC).timestamp()  # 06:00 in Brussels
WORLD = World(
    agresso_users=[
        user_row("ann@example.com", Entreprise="BE"),
        user_row("bob@example.com", Entreprise="BE", Manager="ann@example.com"),
    ],
    agresso_analytics=[value_row("PROJECT", "BE", "P1")],
    n2f=n2f(
        [
            user_doc("bob@example.com"),
            user_doc("cid@example.com"),
            user_doc("eva@example.com", role="Administrateur"),
        ],
        {("BE", "projects"): [value_doc("P1"), value_doc("P2")], ("FR", "projects"): [value_doc("P3")]},
    ),
)


def plan_of(world: World) -> Plan:
    """The plan that the contract asks for."""
    expected = expect(world)
    ranks = dict(zip(selection(expected.changes, expected.depends_on, world.seeds.push_priorities), count(1)))
    rows = [
        Row(
            sequence=number, scope=change.scope, action=change.action, entity_key=change.entity_key,
            method=change.method, path=encoded(change.path), payload=change.payload, decision=change.decision,
            reason=change.decision_reason, selection_rank=ranks.get(change.key),
        )
        for number, change in enumerate(expected.changes, 1)
    ]  # fmt: skip
    return Plan(plan_id="plan", world=world, rows=tuple(rows), depends_on=expected.depends_on)


def call_of(row: Row, at: float = NOON) -> Call:
    """The call that a row asks for."""
    kind = "users" if row.scope == "users" else "axis_values"
    return Call(method=row.method, path=row.path, kind=kind, at=at, payload=row.payload)


def command_of(world: World) -> Command:
    """A run that did all that it should."""
    plan = plan_of(world)
    sent = [row for row in plan.rows if row.decision == "send"]
    status = {"send": "succeeded", "withheld": "withheld", "fail": "failed"}
    return Command(
        night=1, name="run", how="ended", exit_code=0,
        calls=tuple(call_of(row, NOON + place) for place, row in enumerate(sent)), max_in_flight=1,
        run={"run_id": "run", "status": "succeeded", "exit_code": 0}, plan=plan,
        results=tuple(
            Result(run_id="run", sequence=row.sequence, status=status[row.decision],
                   http_status=200 if row in sent else None, attempts=int(row in sent))
            for row in plan.rows
            if row.decision != "off"
        ),
        marks=tuple(row.sequence for row in sent),
    )  # fmt: skip


GOOD = command_of(WORLD)
assert GOOD.plan is not None
ROWS = {row.entity_key: row for row in GOOD.plan.rows}
ANN, BOB, CID, P2 = (ROWS[key] for key in ("ann@example.com", "bob@example.com", "cid@example.com", "BE/P2"))


def in_world(**changes: Any) -> Command:
    """The same calls, of a plan for another world that was made as if it were the first one."""
    assert GOOD.plan is not None
    return replace(GOOD, plan=replace(GOOD.plan, world=replace(WORLD, **changes)))


def with_row(**row: Any) -> Command:
    """The run with a further row that was planned and sent."""
    assert GOOD.plan is not None
    added = replace(CID, sequence=9, **row)
    return replace(
        GOOD, plan=replace(GOOD.plan, rows=(*GOOD.plan.rows, added)), calls=(*GOOD.calls, call_of(added, NOON + 9)),
        marks=(*GOOD.marks, 9),
        results=(*GOOD.results, Result(run_id="run", sequence=9, status="succeeded", http_status=200, attempts=1)),
    )  # fmt: skip


def with_calls(*calls: Call) -> Command:
    """The run with other calls."""
    return replace(GOOD, calls=calls)


def with_result(row: Row, **changes: Any) -> Command:
    """The run with another result of a row."""
    return replace(
        GOOD,
        results=tuple(
            replace(each, **changes) if each.sequence == row.sequence else each for each in GOOD.results
        ),
    )


def reads(*instants: float) -> tuple[Call, ...]:
    """Reads at these instants."""
    return tuple(Call(method="GET", path="roles", kind="roles", at=at) for at in instants)


def tokens(*instants: float) -> tuple[Call, ...]:
    """Calls for a token, which count as writes."""
    return tuple(Call(method="POST", path="auth", kind="auth", at=at) for at in instants)


def in_order(*rows: Row) -> tuple[Call, ...]:
    """Calls for rows, one after the other."""
    return tuple(call_of(row, NOON + place) for place, row in enumerate(rows))


def within(max_writes: int, *sent: Row, failed: Row | None = None) -> Command:
    """The run with a limit, under which these rows were sent and the others left, but for one that failed."""
    statuses = {row.sequence: "succeeded" for row in sent} | ({failed.sequence: "failed"} if failed else {})
    return replace(
        GOOD, max_writes=max_writes, exit_code=3, calls=in_order(*sent),
        results=tuple(
            replace(
                each, status=statuses.get(each.sequence, "left"),
                error=None if each.sequence in statuses else f"--max-writes {max_writes} reached",
            )
            for each in GOOD.results
        ),
    )  # fmt: skip


EVA = {"entity_key": "eva@example.com", "path": "users/eva%40example.com"}
BOB_GOES = {"entity_key": "bob@example.com", "path": "users/bob%40example.com"}
P3_GOES = {"scope": "projects", "entity_key": "FR/P3", "path": f"companies/{uuid('FR')}/axes/projects/P3"}

DOCTORED: dict[str, list[Callable[[], Command]]] = {
    "one_call_at_a_time": [lambda: replace(GOOD, max_in_flight=2)],
    "within_the_quota": [
        lambda: with_calls(*reads(*(NOON + second * 0.9 for second in range(61)))),
        lambda: with_calls(*tokens(*(NOON + second for second in range(11)))),
        lambda: replace(with_calls(*tokens(NOON + 59)), earlier=tokens(*(NOON + 1 + second for second in range(10)))),
        lambda: with_calls(*tokens(*(EVENING - 1 + place / 100 for place in range(51)))),
        lambda: with_calls(*tokens(*(DAWN - 40 + place for place in range(41)))),
        lambda: replace(with_calls(*reads(NOON, NOON + 1, NOON + 2)), quota=Quota(reads=2)),
    ],
    "only_what_is_planned": [
        lambda: with_calls(call_of(replace(ANN, payload=dict(ANN.payload, lastname="Other")))),
        lambda: with_calls(call_of(replace(CID, path="users/eva%40example.com"))),
        lambda: with_calls(call_of(replace(BOB, method="DELETE"))),
        lambda: replace(GOOD, is_dry_run=True),
        lambda: replace(GOOD, name="plan"),
    ],
    "in_the_plans_order": [lambda: with_calls(*in_order(CID, ANN)), lambda: with_calls(*in_order(ANN, BOB, ANN))],
    "after_what_it_depends_on": [
        lambda: with_calls(call_of(BOB)),
        lambda: with_calls(replace(call_of(ANN), answered=422, heard=422), call_of(BOB)),
        lambda: with_calls(replace(call_of(ANN), heard=None), call_of(BOB)),
    ],
    "each_row_once": [
        lambda: with_calls(*in_order(ANN, ANN, BOB, CID, P2)),
        lambda: replace(GOOD, results_before=GOOD.results[:1]),
        lambda: replace(GOOD, marks_before=GOOD.marks[:2]),
        lambda: replace(GOOD, marks=GOOD.marks[1:]),
        lambda: with_calls(*(replace(call_of(ANN), heard=503) for _ in range(8))),
    ],
    "no_more_than_max_writes": [lambda: replace(GOOD, max_writes=2)],
    "what_comes_first_goes_first": [
        lambda: within(2, ANN, BOB),
        lambda: within(1, ANN),
        lambda: within(1, P2),
        lambda: within(3, ANN, CID),
        lambda: within(2, BOB, CID, failed=P2),
    ],
    "nothing_that_is_held_back": [
        lambda: in_world(holds=(Hold(scope="users", entity_key="cid@example.com"),)),
        lambda: in_world(holds=(Hold(scope="projects", entity_key="BE/P2"),)),
        lambda: in_world(agresso_users=[*WORLD.agresso_users, user_row("ann@example.com", Nom="Other")]),
        lambda: in_world(settings=Settings(actions=frozenset({"create", "update"}))),
        lambda: in_world(settings=Settings(scopes=frozenset({"users"}))),
        lambda: in_world(settings=Settings(only_companies=("FR",))),
        lambda: in_world(settings=Settings(only_mails=("ann@example.com",))),
    ],
    "no_delete_that_must_not_be": [
        lambda: with_row(**EVA),
        lambda: with_row(**BOB_GOES),
        lambda: with_row(**P3_GOES),
        lambda: in_world(seeds=Seeds(protected_mails=("Cid@example.com",))),
        lambda: in_world(agresso_analytics=[*WORLD.agresso_analytics, value_row("project", "BE", " P2 ")]),
    ],
    "within_the_guards": [
        lambda: in_world(seeds=Seeds(guard_limits=dict.fromkeys(ACTIONS, GuardLimit(percent=1, rows=0)))),
    ],
    "as_the_contract_says": [
        lambda: with_row(**EVA),
        lambda: in_world(agresso_users=[]),
        lambda: replace(GOOD, plan=replace(plan_of(WORLD), depends_on=frozenset())),
        lambda: replace(GOOD, plan=replace(
            plan_of(WORLD), rows=tuple(replace(row, selection_rank=row.sequence) for row in plan_of(WORLD).rows)
        )),
    ],
    "one_result_each": [
        lambda: replace(GOOD, results=GOOD.results[:-1]),
        lambda: replace(GOOD, results=(*GOOD.results, GOOD.results[0])),
    ],
    "results_are_true": [
        lambda: with_result(ANN, status="failed"),
        lambda: with_result(ANN, status="left"),
        lambda: with_result(ANN, attempts=2),
        lambda: with_result(ANN, http_status=201),
        lambda: with_result(ANN, status="withheld"),
        lambda: with_calls(replace(call_of(ANN), answered=422, heard=422), *in_order(BOB, CID, P2)),
        lambda: with_calls(*in_order(BOB, CID, P2)),
    ],
    "nothing_is_lost": [
        lambda: replace(GOOD, results=GOOD.results[1:]),
        lambda: replace(GOOD, how="killed", results=GOOD.results[2:]),
        lambda: replace(GOOD, results_before=(replace(GOOD.results[0], status="failed"),)),
    ],
    "the_run_is_written_down": [
        lambda: replace(GOOD, run=None),
        lambda: replace(GOOD, run={"run_id": "run", "status": "running", "exit_code": None}),
        lambda: replace(GOOD, run={"run_id": "run", "status": "succeeded", "exit_code": 3}),
        lambda: replace(GOOD, how="killed"),
    ],
    "the_exit_code_is_right": [
        lambda: replace(with_result(ANN, status="failed"), exit_code=0),
        lambda: replace(GOOD, exit_code=3),
        lambda: replace(GOOD, plan=plan_of(replace(WORLD, agresso_users=[]))),
        lambda: replace(GOOD, how="error", error="database"),
        lambda: replace(GOOD, how="error", error="network", is_calm=True),
    ],
    "the_snapshot_is_n2f": [lambda: replace(GOOD, landed=("users is another list",))],
}  # fmt: skip
