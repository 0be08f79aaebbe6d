"""The push, against a bare loop over `requests.Session` that sends the same, and the engine's own durable commits."""

from __future__ import annotations

from bench import worlds
from bench.figures import Figure
from bench.place import Place
from bench.references import bare_commits, bare_posts

MAX_CHANGES = 1_000


def measure(place: Place) -> list[Figure]:
    """Put Agresso in step but for some job titles, and measure the run that sends them."""
    changes = min(place.users // 4, MAX_CHANGES)
    with place.connect() as connection:
        worlds.load_again(connection, users=place.users, values=place.values)
        worlds.change(connection, users=changes)
    run = place.sync("--max-age", "6h")
    if run.total("succeeded") != changes:
        raise SystemExit(f"{changes} users differ, {run.total('succeeded')} were sent")
    with place.connect(read_only=True) as connection:
        payloads = connection.execute(
            "select payload_json from n2f_sync.planned_changes where plan_id = ? order by sequence",
            [run.summary["plan_id"]],
        ).fetchall()
    loop = bare_posts(place.base_url, [payload for (payload,) in payloads])
    push = 1000 * run.stage("sending the plan") / changes
    bare = 1000 * loop.seconds / loop.calls
    commit = 1000 * bare_commits(place.database, place.folder, changes) / changes
    return [
        Figure(key="writes", title="changed users, and writes sent", value=changes, digits=0),
        Figure(key="push_ms", title="push, ms a row", value=push),
        Figure(key="bare_ms", title="reference: bare `requests.Session`, the same bodies, ms", value=bare),
        Figure(key="ratio", title="**push ÷ bare session**", value=push / bare),
        Figure(
            key="commit_ms",
            title="reference: two inserts and a durable commit of the engine, ms",
            value=commit,
        ),
        Figure(
            key="ratio_with_commit",
            title="**push ÷ (bare session + durable commit)**",
            value=push / (bare + commit),
        ),
        Figure(key="added_ms", title="what the push adds to the call, ms a row", value=push - bare),
    ]
