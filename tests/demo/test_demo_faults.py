"""Faults on demand of the demo's N2F."""

import time
from typing import Any

import pytest
import requests

from tests.demo.client import Client, make_user

MAIL = "a@fictis.example"


def mails(client: Client) -> list[str]:
    return [user["mail"] for user in client.n2f.world()["users"]]


def test_a_status_is_answered_without_doing_the_call(client: Client) -> None:
    client.n2f.add_fault("status", status=503, headers={"Retry-After": "7"}, body="later")
    refused = client.post("users", make_user(MAIL))
    assert (refused.status_code, refused.headers["Retry-After"], refused.text) == (503, "7", "later")
    assert mails(client) == []
    assert client.post("users", make_user(MAIL)).ok


@pytest.mark.parametrize(("kind", "expected"), [("drop_before", []), ("drop_after", [MAIL]), ("cut", [MAIL])])
def test_a_connection_is_closed_before_or_after_the_call_is_done(
    client: Client, kind: str, expected: list[str]
) -> None:
    client.n2f.add_fault(kind)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.post("users", make_user(MAIL))
    assert mails(client) == expected
    assert [call["status"] for call in client.n2f.stats["calls"]] == [200, None]
    assert client.get("users").ok


def test_a_stall_does_the_call_and_answers_late(client: Client) -> None:
    client.n2f.add_fault("stall", seconds=0.3)
    begin = time.monotonic()
    assert client.post("users", make_user(MAIL)).status_code == 201
    assert time.monotonic() - begin >= 0.3
    assert mails(client) == [MAIL]


@pytest.mark.parametrize("kind", ["garbage", "truncate", "html", "empty"])
def test_a_body_is_spoiled_though_the_call_is_done(client: Client, kind: str) -> None:
    client.n2f.add_fault(kind, times=2)
    assert client.post("users", make_user(MAIL)).status_code == 200
    spoiled = client.get("users")
    assert spoiled.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        spoiled.json()
    assert mails(client) == [MAIL]


def test_a_write_is_ignored_and_answered_as_if_it_were_done(client: Client) -> None:
    client.post("users", make_user(MAIL))
    client.n2f.add_fault("ignore", method="DELETE")
    assert client.delete("users/a%40fictis.example").status_code == 200
    assert mails(client) == [MAIL]


def test_all_tokens_end_when_asked(client: Client) -> None:
    client.n2f.add_fault("expire_token")
    assert client.get("users").status_code == 401
    client.authenticate()
    assert client.get("users").ok
    client.n2f.expire_tokens()
    assert client.get("users").status_code == 401


def test_a_rule_waits_for_its_method_and_path_lets_calls_pass_and_happens_so_often(client: Client) -> None:
    client.n2f.add_fault("status", match={"method": "GET", "path_regex": "^users[?]start="}, after=1, times=2)
    paths = ["roles", "users", *["users?start=0"] * 4]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200, 500, 500, 200]
    assert client.n2f.stats["faults_left"] == 0


def test_rules_happen_in_the_order_they_were_added(client: Client) -> None:
    client.n2f.add_fault("status", status=500)
    client.n2f.add_fault("status", status=502, times=None)
    assert [client.get("roles").status_code for _ in range(3)] == [500, 502, 502]
    client.n2f.clear_faults()
    assert client.get("roles").ok


def test_auth_can_fail_too(client: Client) -> None:
    client.n2f.add_fault("status", status=500, path_regex="^auth$")
    with pytest.raises(requests.JSONDecodeError):
        client.authenticate()


@pytest.mark.parametrize(
    "rule", [{"kind": "meteor"}, {"kind": "status", "often": 2}, {"kind": "status", "path_regex": "("}]
)
def test_a_rule_that_cannot_be_is_refused(client: Client, rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        client.n2f.add_fault(**rule)
