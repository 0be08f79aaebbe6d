"""How the demo's N2F counts calls: quotas, calls in flight, statistics."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
import requests

from demo.harness import DemoN2F
from tests.demo.client import COMPANY, Client, make_user, make_value, make_world


def test_two_calls_at_once_are_a_violation_and_the_second_is_refused(client: Client) -> None:
    client.n2f.set_options(latency_seconds=0.3)
    with ThreadPoolExecutor(2) as pool:
        headers = dict(client.session.headers)
        urls = [client.n2f.base_url + path for path in ("roles", "users")]
        calls = [pool.submit(requests.get, url, headers=headers, timeout=5) for url in urls]
        statuses = sorted(call.result().status_code for call in calls)
    stats = client.n2f.stats
    assert statuses == [200, 409]
    assert (stats["max_in_flight"], stats["in_flight_violations"]) == (2, 1)


def test_calls_one_after_the_other_are_no_violation(client: Client) -> None:
    for _ in range(50):
        assert client.get("users").ok
    stats = client.n2f.stats
    assert (stats["max_in_flight"], stats["in_flight_violations"]) == (1, 0)


def test_a_call_that_its_client_gave_up_is_no_longer_in_flight(client: Client) -> None:
    client.n2f.add_fault("stall", seconds=30)
    with pytest.raises(requests.ReadTimeout):
        client.get("users", timeout=0.2)
    assert client.get("users").ok
    assert client.n2f.stats["in_flight_violations"] == 0


def test_reads_and_writes_have_quotas_of_their_own_and_auth_is_a_write(client: Client) -> None:
    client.n2f.set_options(reads_per_minute=2, writes_per_minute=2)
    assert [client.get("users").status_code for _ in range(3)] == [200, 200, 429]
    assert client.post("users", make_user("a@fictis.example")).status_code == 201
    refused = client.post("users", make_user("b@fictis.example"))
    assert refused.status_code == 429
    assert 58 <= int(refused.headers["Retry-After"]) <= 60
    assert client.n2f.stats["quota_violations"] == 2
    assert len(client.n2f.world()["users"]) == 1


def test_the_window_of_a_quota_slides(client: Client) -> None:
    client.n2f.set_options(reads_per_minute=2, quota_window_seconds=1.0)
    assert client.get("users").ok
    time.sleep(0.7)
    assert client.get("users").ok
    time.sleep(0.4)
    assert client.get("users").ok
    assert client.get("users").status_code == 429


def test_there_is_no_quota_until_one_is_set(client: Client) -> None:
    assert all(client.get("users").ok for _ in range(250))


def test_every_call_is_counted_with_its_raw_path_and_what_was_sent(client: Client) -> None:
    axis = f"companies/{quote(COMPANY, safe='')}/axes/projects"
    client.n2f.reset_stats()
    client.post(axis, make_value("A/B"))
    client.delete(f"{axis}/A%2FB")
    client.get("users?start=0&limit=200")
    client.authenticate()
    client.delete("users/nobody")
    stats = client.n2f.stats
    assert [(call["n"], call["method"], call["path"], call["status"]) for call in stats["calls"]] == [
        (1, "POST", "companies/MTAwMDAwMQ%3D%3D/axes/projects", 201),
        (2, "DELETE", "companies/MTAwMDAwMQ%3D%3D/axes/projects/A%2FB", 204),
        (3, "GET", "users?start=0&limit=200", 200),
        (4, "POST", "auth", 200),
        (5, "DELETE", "users/nobody", 404),
    ]
    assert stats["counts"] == {
        "POST axis_values": 1,
        "DELETE axis_values": 1,
        "GET users": 1,
        "POST auth": 1,
        "DELETE users": 1,
    }
    assert (stats["reads"], stats["writes"]) == (1, 4)
    assert [call["payload"] for call in stats["calls"]] == [make_value("A/B"), None, None, None, None]
    assert client.n2f.client_secret not in str(stats)
    assert all(abs(call["at"] - time.time()) < 60 for call in stats["calls"])


class StandingClock:
    """A clock that stands still until it is set."""

    seconds = 0.0

    def time(self) -> float:
        """Seconds since 1970."""
        return 1_000_000_000.0 + self.seconds

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self.seconds


def test_time_comes_from_the_clock_that_it_is_given() -> None:
    clock = StandingClock()
    with DemoN2F(make_world(), clock=clock) as n2f:
        n2f.set_options(reads_per_minute=1, token_seconds=100)
        client = Client(n2f)
        assert client.authenticate()["validity"] == "2001-09-09T01:48:20.0000000Z"
        assert [client.get("users").status_code for _ in range(2)] == [200, 429]
        clock.seconds = 61
        assert client.get("users").status_code == 200
        clock.seconds = 130
        assert client.get("users").status_code == 401
        assert [call["at"] - 1_000_000_000 for call in n2f.stats["calls"]] == [0, 0, 0, 0, 61, 130]
        assert n2f.in_flight == 0
