"""What every error promises: one line, three sentences' worth of help, JSON, an exit code, and no secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loader import errors
from loader.errors import ApiError, AuthenticationError, NetworkError, SyncError, excerpt

ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, SyncError)]


@pytest.mark.parametrize("kind", ALL)
def test_each_error_says_what_where_and_what_to_do_in_one_line(kind: type[SyncError]) -> None:
    error = kind("the list\nis short", doing="reading\tusers", remedy="Look\r\nagain.")
    assert str(error) == "the list is short (while reading users). Look again."


@pytest.mark.parametrize("kind", ALL)
def test_each_error_can_be_written_as_json(kind: type[SyncError]) -> None:
    error = kind("wrong", doing="trying", remedy="Stop.", path=Path("a/b"), names=("x", 1), found={"b", "a"})
    document = json.loads(json.dumps(error.to_json()))
    assert document["error"] == kind.code
    assert document["exit_code"] == kind.exit_code
    assert (document["message"], document["doing"], document["remedy"]) == ("wrong", "trying", "Stop.")
    assert document["details"].items() >= {"path": "a/b", "names": ["x", 1], "found": ["a", "b"]}.items()


def test_exit_codes_are_those_of_the_contract() -> None:
    other = {"guard": 4, "usage": 2, "locked": 5}
    assert {kind.code: kind.exit_code for kind in ALL} == {kind.code: other.get(kind.code, 1) for kind in ALL}


def test_each_kind_has_a_code_of_its_own() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL) == 11


@pytest.mark.parametrize("kind", [ApiError, AuthenticationError, NetworkError])
def test_a_failed_call_knows_its_status_and_attempts(kind: type[errors.CallError]) -> None:
    error = kind("refused", doing="calling", remedy="Wait.", http_status=409, attempts=2)
    assert (error.http_status, error.attempts) == (409, 2)
    assert error.to_json()["details"] == {"http_status": 409, "attempts": 2}
    assert kind("refused", doing="calling", remedy="Wait.").http_status is None


def test_a_terminal_does_not_act_on_what_an_error_quotes() -> None:
    assert "\x1b" not in str(SyncError("\x1b[2Jgone", doing="reading", remedy="Look."))


# What N2F says in an error answer.


def shown(body: str | bytes, *, payload: object = None, secrets: tuple[str, ...] = ("s3cret", "")) -> str:
    raw = body.encode() if isinstance(body, str) else body
    return excerpt(raw, secrets=secrets, payload=None if payload is None else json.dumps(payload).encode())


def test_an_excerpt_is_one_line_of_at_most_200_characters() -> None:
    assert shown("The role\r\n is   unknown\t.") == "The role is unknown ."
    assert len(shown("x" * 5000)) == 200


def test_an_excerpt_of_a_page_is_its_text() -> None:
    assert shown("<html><h1>502</h1><p class='a'>Bad gateway</p></html>") == "502 Bad gateway"


@pytest.mark.parametrize(
    "mail",
    [
        "jan@example.com",
        "o'brien@example.com",
        "jan%40example.com",
        "JAN@EXAMPLE.COM[entity2]",
        '"a@b.example"',
    ],
)
def test_mails_are_masked_in_an_excerpt(mail: str) -> None:
    assert shown(f"User {mail} has open reports") == "User *** has open reports"


def test_what_was_sent_is_masked_in_an_excerpt() -> None:
    payload = {
        "firstname": "André",
        "lastname": "Peeters",
        "tags": [{"x": "Brussels  office"}],
        "culture": "fr",
    }
    body = '{"error": "Andr\\u00e9 PEETERS of Brussels office (fr), not of Francorchamps"}'
    assert shown(body, payload=payload) == '{"error": "*** *** of *** (***), not of Francorchamps"}'


@pytest.mark.parametrize("body", ["bad secret s3cret", '{"sent": "s3cr\\u0065t"}', b"\xff s3cret"])
def test_an_excerpt_that_would_hold_a_secret_is_not_shown(body: str | bytes) -> None:
    assert shown(body) == ""


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"[" * 100_000, b"<" * 100_000, b"   \n"])
def test_any_bytes_make_an_excerpt(body: bytes) -> None:
    assert len(excerpt(body, secrets=["s3cret"], payload=b"no json")) <= 200
