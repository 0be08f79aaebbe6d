"""The demo's N2F from outside: its control routes, its harness and its own process."""

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from demo.harness import DemoN2F
from demo.sample import N2F_PATH, sample_world
from tests.demo.client import Client, make_user, make_world


def control_url(n2f: DemoN2F, name: str) -> str:
    return n2f.base_url.replace("/services/api/v2/", f"/_demo/{name}")


def test_control_routes_do_over_http_what_the_harness_does(client: Client) -> None:
    n2f = client.n2f
    n2f.reset_stats()
    world = make_world(users=[make_user("a@fictis.example")])
    assert requests.put(control_url(n2f, "world"), json=world, timeout=5).ok
    assert requests.get(control_url(n2f, "world"), timeout=5).json() == world
    faults = [{"match": {"method": "GET"}, "kind": "status", "status": 502}, {"kind": "status", "after": 1}]
    assert requests.post(control_url(n2f, "faults"), json=faults, timeout=5).json() == {"faults_left": 2}
    assert client.get("users").status_code == 502
    assert requests.delete(control_url(n2f, "faults"), timeout=5).ok
    assert requests.post(control_url(n2f, "options"), json={"answer_culture": "nl"}, timeout=5).ok
    assert client.get("users").json()["response"]["data"][0]["role"] == "Gebruiker"
    assert requests.get(control_url(n2f, "stats"), timeout=5).json()["counts"] == {"GET users": 2}
    assert requests.post(control_url(n2f, "reset_stats"), timeout=5).ok
    assert requests.get(control_url(n2f, "stats"), timeout=5).json()["calls"] == []


def test_what_cannot_be_used_is_refused_and_changes_nothing(n2f: DemoN2F) -> None:
    before = n2f.world()
    for name, sent in (("world", {"planets": []}), ("world", {"users": {}}), ("world", {"users": ["x"]})):
        assert requests.put(control_url(n2f, name), json=sent, timeout=5).status_code == 400
    for sent in ({"gravity": 1}, {"reads_per_minute": "ten"}, {"token_seconds": -1}):
        assert requests.post(control_url(n2f, "options"), json=sent, timeout=5).status_code == 400
    assert requests.post(control_url(n2f, "world"), timeout=5).status_code == 404
    assert n2f.world() == before


def test_a_reset_forgets_world_options_faults_and_tokens(client: Client) -> None:
    client.n2f.set_options(reads_per_minute=1)
    client.n2f.add_fault("status")
    client.n2f.reset()
    assert client.n2f.world()["users"] == []
    assert client.get("users").status_code == 401
    client.authenticate()
    assert all(client.get("users").ok for _ in range(3))


def test_what_the_harness_was_given_and_told_are_copies() -> None:
    world = sample_world()
    with DemoN2F(world) as n2f:
        world["users"].clear()
        n2f.world()["users"].clear()
        assert n2f.world() == sample_world()


def test_the_harness_tells_what_happened_after_it_has_stopped() -> None:
    with DemoN2F(make_world()) as n2f:
        client = Client(n2f)
        client.session.close()
    assert n2f.stats["counts"] == {"POST auth": 1}
    with pytest.raises(requests.ConnectionError):
        requests.get(n2f.base_url, timeout=5)


def test_the_harness_stops_at_once_though_a_call_is_in_flight() -> None:
    with DemoN2F(make_world()) as n2f:
        n2f.add_fault("stall", seconds=60)
        ended = threading.Event()

        def call() -> None:
            with pytest.raises(requests.ConnectionError):
                requests.get(n2f.base_url + "users", timeout=50)
            ended.set()

        thread = threading.Thread(target=call)
        thread.start()
        while not n2f.stats["calls"]:
            time.sleep(0.01)
        begin = time.monotonic()
    thread.join(10)
    assert ended.is_set()
    assert time.monotonic() - begin < 5


def test_a_port_that_is_taken_is_told(n2f: DemoN2F) -> None:
    port = int(n2f.base_url.split(":")[2].partition("/")[0])
    with pytest.raises(OSError, match="address already in use"):
        DemoN2F(port=port).__enter__()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_as_a_process_until_it_is_told_to_stop(number: signal.Signals, tmp_path: Path) -> None:
    world = tmp_path / "world.json"
    world.write_text(json.dumps(make_world()), encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "demo.server", "--port", "0", "--world", str(world)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        url = line.removeprefix("listening on ").strip()
        assert url.endswith("/services/api/v2/")
        assert requests.get(url + "users", timeout=5).status_code == 401
        process.send_signal(number)
        told, complained = process.communicate(timeout=10)
    assert (process.returncode, told, complained) == (0, "", "")


def test_the_sample_n2f_is_a_world_a_process_can_begin_with() -> None:
    with DemoN2F(json.loads(N2F_PATH.read_text(encoding="utf-8"))) as n2f:
        assert len(n2f.world()["users"]) == len(sample_world()["users"])
