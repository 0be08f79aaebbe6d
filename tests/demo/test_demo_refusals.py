"""What the demo's N2F refuses, and that nothing is changed by it."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.demo.client import COMPANY, Client, make_user, make_value, make_world

PROJECTS = f"companies/{quote(COMPANY, safe='')}/axes/projects"


def without(document: dict[str, object], field: str) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != field}


def test_a_call_without_a_token_that_holds_is_refused(client: Client) -> None:
    for authorization in ("", "Bearer", "Bearer nonsense", "Basic abc"):
        headers = {"Authorization": authorization}
        assert client.get("users", headers=headers).status_code == 401


def test_a_token_ends_when_its_time_is_over(client: Client) -> None:
    client.n2f.set_options(token_seconds=0)
    client.authenticate()
    assert client.get("users").status_code == 401


def test_wrong_credentials_are_refused(client: Client) -> None:
    url = client.n2f.base_url + "auth"
    sent: Any
    for sent in ({"client_id": client.n2f.client_id, "client_secret": "wrong"}, {}, []):
        assert requests.post(url, json=sent, timeout=5).status_code in (400, 401)
    assert client.n2f.stats["tokens_issued"] == 1


@pytest.mark.parametrize("field", list(make_user("x@fictis.example")))
def test_a_user_without_one_of_the_nineteen_fields_is_refused(client: Client, field: str) -> None:
    assert len(make_user("x@fictis.example")) == 19
    assert client.post("users", without(make_user("x@fictis.example"), field)).status_code == 400
    assert client.post("users", make_user("x@fictis.example") | {field: None}).status_code == 400
    assert client.n2f.world()["users"] == []


def test_text_for_a_boolean_and_a_boolean_for_text_are_refused(client: Client) -> None:
    for wrong in (
        {"gotProPayment": "true"},
        {"gotProPayment": 1},
        {"canCreateVehicle": True},
        {"structure": 3},
    ):
        assert client.post("users", make_user("x@fictis.example", **wrong)).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"company": ""},
        {"company": "FIC"},
        {"role": "Grand chef"},
        {"role": ""},
        {"profile": "Plongeur"},
        {"managerMail": "nobody@fictis.example"},
        {"mail": "  "},
    ],
)
def test_a_user_that_names_what_n2f_does_not_know_is_refused(
    client: Client, wrong: dict[str, object]
) -> None:
    assert client.post("users", make_user("x@fictis.example") | wrong).status_code == 422
    assert client.n2f.world()["users"] == []


def test_roles_are_taken_by_their_name_in_any_culture(client: Client) -> None:
    assert client.post("users", make_user("x@fictis.example", role="Auditor", profile="Standaard")).ok


def test_a_management_cycle_is_refused(client: Client) -> None:
    a, b, c = "a@fictis.example", "b@fictis.example", "c@fictis.example"
    users = [make_user(a), make_user(b, a.upper()), make_user(c, b)]
    client.n2f.set_world(make_world(users=users))
    for manager in (a, b, c, " C@fictis.example"):
        assert client.post("users", make_user(a, manager)).status_code == 422
    assert client.n2f.world()["users"] == users
    assert client.post("users", make_user(c, a)).status_code == 200
    assert client.post("users", make_user(b, c)).status_code == 200


def test_a_user_who_still_manages_others_cannot_be_deleted(client: Client) -> None:
    boss, report, other = "boss@fictis.example", "report@fictis.example", "other@fictis.example"
    users = [make_user(boss), make_user(other), make_user(report, "Boss@fictis.example")]
    client.n2f.set_world(make_world(users=users))
    assert client.delete(f"users/{quote(boss)}").status_code == 409
    assert client.post("users", make_user(report, other)).ok
    assert client.delete(f"users/{quote(other)}").status_code == 409
    assert client.delete(f"users/{quote(boss)}").ok
    assert client.delete(f"users/{quote(report)}").ok
    assert client.delete(f"users/{quote(other)}").ok


def test_one_who_manages_only_themself_can_be_deleted(client: Client) -> None:
    client.n2f.set_world(make_world(users=[make_user("own@fictis.example", "own@fictis.example")]))
    assert client.delete("users/own%40fictis.example").ok


def test_what_an_open_report_uses_cannot_be_deleted(client: Client) -> None:
    world = make_world(
        users=[make_user("a@fictis.example")],
        axis_values={COMPANY: {"projects": [make_value("P1"), make_value("P2")]}},
        open_reports=["A@fictis.example"],
        used_values=[[COMPANY, "projects", "P1"]],
    )
    client.n2f.set_world(world)
    assert client.delete("users/a%40fictis.example").status_code == 409
    assert client.delete(f"{PROJECTS}/P1").status_code == 409
    assert client.delete(f"{PROJECTS}/P2").status_code == 204
    assert client.n2f.world()["users"] == world["users"]


def test_deleting_what_is_not_there_is_not_found(client: Client) -> None:
    assert client.delete("users/nobody%40fictis.example").status_code == 404
    assert client.delete(f"{PROJECTS}/P1").status_code == 404


def test_an_unknown_company_or_axis_is_not_found(client: Client) -> None:
    company = quote(COMPANY, safe="")
    for path in ("companies/x/axes", "companies/x/axes/projects", f"companies/{company}/axes/x"):
        assert client.get(path).status_code == 404
    for path in ("companies/x/axes/projects", f"companies/{company}/axes/x"):
        assert client.post(path, make_value("P1")).status_code == 404
        assert client.delete(f"{path}/P1").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": 7},
        {"names": "Fourgon"},
        {"names": [{"culture": "fr"}]},
        {"validityDateFrom": "2024-01-01"},
        {"validityDateFrom": "2024-02-30T00:00:00Z"},
        {"validityDateTo": "2024-01-01T00:00:00+01:00"},
        {"validityDateTo": ""},
    ],
)
def test_a_value_of_another_shape_is_refused(client: Client, wrong: dict[str, object]) -> None:
    assert client.post(PROJECTS, make_value("P1") | wrong).status_code == 400
    assert client.n2f.world()["axis_values"] == {}


def test_a_value_without_a_code_is_refused(client: Client) -> None:
    assert client.post(PROJECTS, make_value("  ")).status_code == 422
    for field in make_value("P1"):
        assert client.post(PROJECTS, without(make_value("P1"), field)).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(client: Client, body: bytes) -> None:
    url = client.n2f.base_url + "users"
    assert client.session.post(url, data=body).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("users/a%zz", 400),
        ("users/[x]", 400),
        ("users/%ff", 400),
        ("users/%2E%2E", 400),
        ("users/a@b?c", 400),
        ("users/", 404),
        ("/users/a", 404),
        ("users/a/b", 405),
        ("nothing", 405),
    ],
)
def test_a_path_that_is_not_encoded_or_not_there_is_refused(client: Client, path: str, status: int) -> None:
    host, _, base = client.n2f.base_url.removeprefix("http://").partition("/")
    connection = HTTPConnection(host)  # requests would mend the path on its way
    try:
        headers = {"Authorization": str(client.session.headers["Authorization"])}
        connection.request("DELETE", f"/{base}{path}", headers=headers)
        assert connection.getresponse().status == status
    finally:
        connection.close()


def test_a_slash_too_many_or_another_base_path_is_not_found(client: Client) -> None:
    assert client.get("/users").status_code == 404
    other = client.n2f.base_url.replace("/v2/", "/v1/") + "users"
    assert client.session.get(other).status_code == 404
    assert client.n2f.stats["counts"]["GET other"] == 2


def test_a_refusal_is_text_that_tells_nothing_of_what_was_sent(client: Client) -> None:
    refused = client.post("users", make_user("secret.name@fictis.example", role="Grand chef"))
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert "secret" not in refused.text
    with pytest.raises(json.JSONDecodeError):
        json.loads(refused.text)
