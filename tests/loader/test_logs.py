"""The log: a JSON object a line for machines, and on a terminal a bar with rate, calls left and end."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest

from demo.harness import DemoN2F
from loader.database import Database
from loader.logs import asked_format
from loader.pace import Pace
from loader.progress import SENDING
from tests.engines import Environment
from tests.loader.workbench import ROOT, make_plan, user

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
PEOPLE = ("prudence", "fictis.example")


def settings(environment: Environment, n2f: DemoN2F, **more: str) -> Environment:
    """The environment of a command."""
    unset = {name: "" for name in os.environ if name.startswith("N2F_")}
    api = {
        "N2F_BASE_URL": n2f.base_url, "N2F_CLIENT_ID": n2f.client_id, "N2F_CLIENT_SECRET": n2f.client_secret,
        "N2F_READS_PER_MINUTE": "0", "N2F_WRITES_PER_MINUTE": "0",
    }  # fmt: skip
    return dict(os.environ) | unset | environment | api | {"NO_COLOR": "1"} | more


def n2f_sync(environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loader", *arguments],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_traceback_that_was_asked_for_stands_in_the_line_of_the_error(
    environment: Environment, n2f: DemoN2F
) -> None:
    wrong = settings(environment, n2f, N2F_SANDBOX="perhaps", N2F_SYNC_DEBUG="1")
    done = n2f_sync(wrong, "run", "--log-format=json")
    *_, line = [json.loads(line) for line in done.stderr.splitlines()]
    assert line["exc_info"].startswith("Traceback")


@pytest.mark.parametrize("how", ["option", "variable"])
def test_every_line_of_the_log_is_an_object_with_run_step_and_numbers(
    environment: Environment, database: Database, n2f: DemoN2F, how: str
) -> None:
    n2f.add_fault("status", status=400, path_regex="users", times=1, body="no prudence@fictis.example here")
    with database.connect() as warehouse:
        make_plan(warehouse, [user("prudence"), user("b")], base_url=n2f.base_url)
    asked = {"N2F_SYNC_LOG_FORMAT": "json"} if how == "variable" else {}
    done = n2f_sync(
        settings(environment, n2f, **asked), "push", *(["--log-format", "json"] if how == "option" else [])
    )
    assert done.returncode == 3, done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    for line in lines:
        assert {"time", "level", "logger", "message", "run_id", "stage"} <= set(line)
        assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    with database.connect() as warehouse:
        ((run_id,),) = warehouse.rows("select run_id from {n2f_sync.runs} where command = 'push'")
    counted = [line for line in lines if "done" in line]
    assert [(line["run_id"], line["stage"], line["done"], line["total"]) for line in counted] == [
        (run_id, SENDING, 2, 2)
    ]
    assert {line["level"] for line in lines} == {"INFO", "WARNING"}
    assert not any(name in done.stderr for name in PEOPLE)


def test_an_error_is_one_json_line_too(environment: Environment, n2f: DemoN2F) -> None:
    wrong = settings(environment, n2f, N2F_SANDBOX="perhaps")
    done = n2f_sync(wrong, "run", "--log-format=json")
    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, line["level"], line["error"]) == (1, "ERROR", "configuration")
    assert "N2F_SANDBOX is 'perhaps'" in line["message"]
    assert line["remedy"].startswith("Set N2F_SANDBOX")


def test_another_form_is_refused_by_option_and_by_variable(environment: Environment, n2f: DemoN2F) -> None:
    by_option = n2f_sync(settings(environment, n2f, N2F_SANDBOX="perhaps"), "push", "--log-format", "xml")
    assert (by_option.returncode, "--log-format is 'xml'" in by_option.stderr) == (2, True)
    by_variable = n2f_sync(settings(environment, n2f, N2F_SYNC_LOG_FORMAT="xml"), "push")
    assert (by_variable.returncode, "N2F_SYNC_LOG_FORMAT is 'xml'" in by_variable.stderr) == (1, True)
    assert asked_format("text", {"N2F_SYNC_LOG_FORMAT": "json"}) == "text"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_a_terminal_shows_step_rate_calls_left_and_end(
    environment: Environment, database: Database, n2f: DemoN2F
) -> None:
    n2f.add_fault("stall", path_regex="users", seconds=0.6, times=None)
    with database.connect() as warehouse:
        make_plan(warehouse, [user(f"u{number}") for number in range(8)], base_url=n2f.base_url)
    shown, code = on_a_terminal(settings(environment, n2f, TERM="xterm", COLUMNS="200"), "push")
    assert code == 0, shown
    assert f"{SENDING}" in shown
    assert re.search(r"5 of 8 changes sent, 3 left, \d+ a minute", shown), shown

    assert re.search(r"; 3 to send, as fast as N2F answers: the last at \d\d:\d\d", shown), shown
    assert "✓" in shown
    assert " INFO " not in shown


def on_a_terminal(environment: Environment, *arguments: str) -> tuple[str, int]:
    """Run a command on a pseudo-terminal; return what it showed there, without escapes, and its exit code."""
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "loader", *arguments],
        cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True,
    ) as running:  # fmt: skip
        os.close(theirs)
        text, deadline = b"", time.monotonic() + 120
        while time.monotonic() < deadline:
            if select.select([ours], [], [], 0.5)[0]:
                try:
                    text += os.read(ours, 65_536)
                except OSError:  # the other side is closed
                    break
        code = running.wait(timeout=30)
    os.close(ours)
    return " ".join(ESCAPE.sub("", text.decode()).replace("│", " ").split()), code


def test_the_pace_is_that_of_the_last_minute() -> None:
    pace = Pace()
    assert pace.per_minute(0, now=0.0) is None
    assert pace.per_minute(10, now=10.0) == pytest.approx(60)
    for second in range(11, 200):
        last = pace.per_minute(10, now=float(second))
    assert last == 0
    assert pace.per_minute(20, now=200.0) == pytest.approx(10, rel=0.02)


def test_a_pace_that_is_asked_for_often_keeps_few_points() -> None:
    pace = Pace()
    for number in range(100_000):
        pace.per_minute(number, now=number / 1000)
    assert len(pace._points) < 130
