"""The calls of N2F's API v2 on a world, without HTTP: method, path and body to status and body."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from demo.documents import JsonObject, RefusedError
from demo.options import Options
from demo.tokens import Tokens
from demo.world import World

MAX_LIMIT = 200

# RFC 3986, pchar: whatever else stands in a part was not percent-encoded, and neither was a lone %.
_PART = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status and body of an answer; a body that is no JSON is opaque text."""

    status: int
    body: bytes = b""
    is_json: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What `POST auth` must be sent."""

    client_id: str
    client_secret: str


def kind_of(raw_path: str) -> str:
    """What a raw path after the base is about, for the statistics."""
    match raw_path.partition("?")[0].split("/"):
        case ["auth" | "companies" | "roles" | "userprofiles" | "users" as kind] | ["users" as kind, _]:
            return kind
        case ["companies", _, "axes"]:
            return "axes"
        case ["companies", _, "axes", _] | ["companies", _, "axes", _, _]:
            return "axis_values"
        case _:
            return "other"


def answer_call(
    world: World,
    options: Options,
    tokens: Tokens,
    credentials: Credentials,
    *,
    method: str,
    raw_path: str,
    authorization: str | None,
    body: bytes,
) -> Answer:
    """Do one call, whose raw path begins after the base path and its slash."""
    try:
        path, _, query = raw_path.partition("?")
        parts = _parts(path)
        if (method, parts) == ("POST", ["auth"]):
            return _authenticate(tokens, options, credentials, _json(body))
        if not tokens.holds(authorization):
            return _refusal(401, "the token is missing, unknown or has ended")
        if query and method != "GET":
            return _refusal(400, "a write has no query")
        if method == "GET":
            return _read(world, options, parts, parse_qs(query, keep_blank_values=True))
        return _write(world, method, parts, body)
    except RefusedError as error:
        return _refusal(error.status, str(error))


def _parts(path: str) -> list[str]:
    """Split the raw path, then decode each part, so that a `%2F` inside a part stays in it."""
    raw_parts = path.split("/")
    if "" in raw_parts:
        raise RefusedError(404, "a part of the path is empty")
    if not all(map(_PART.fullmatch, raw_parts)):
        raise RefusedError(400, "a part of the path is not percent-encoded")
    try:
        parts = [unquote(part, errors="strict") for part in raw_parts]
    except UnicodeDecodeError:
        raise RefusedError(400, "a part of the path is not UTF-8") from None
    if not {".", ".."}.isdisjoint(parts):
        raise RefusedError(400, "a part of the path is . or ..")
    return parts


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        raise RefusedError(400, "the body is not JSON") from None


def _authenticate(tokens: Tokens, options: Options, credentials: Credentials, sent: object) -> Answer:
    if not isinstance(sent, dict):
        raise RefusedError(400, "the body is not a JSON object")
    if (sent.get("client_id"), sent.get("client_secret")) != (
        credentials.client_id,
        credentials.client_secret,
    ):
        raise RefusedError(401, "the client is unknown or its secret is wrong")
    token, validity = tokens.issue(options.token_seconds)
    return _response({"token": token, "validity": validity})


def _read(world: World, options: Options, parts: Sequence[str], query: Mapping[str, list[str]]) -> Answer:
    match parts:
        case ["roles"]:
            return _response(world.roles.documents)
        case ["userprofiles"]:
            return _response(world.profiles.documents)
    start, limit = _number(query, "start", 0), _number(query, "limit", MAX_LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise RefusedError(400, f"limit is not between 1 and {MAX_LIMIT}")
    match parts:
        case ["companies"]:
            page = world.companies[start : start + limit]
        case ["users"]:
            page = world.list_users(start, limit, options.answer_culture)
        case ["companies", company, "axes"]:
            page = world.list_axes(company)[start : start + limit]
        case ["companies", company, "axes", axis]:
            page = world.list_axis_values(company, axis)[start : start + limit]
        case _:
            raise RefusedError(404, "no such list")
    return _response({} if options.omit_empty_data and not page else {"data": page})


def _number(query: Mapping[str, list[str]], name: str, default: int) -> int:
    values = query.get(name)
    if values is None:
        return default
    if len(values) != 1 or not _NUMBER.fullmatch(values[0]):
        raise RefusedError(400, f"{name} is not a number")
    return int(values[0])


def _write(world: World, method: str, parts: Sequence[str], body: bytes) -> Answer:
    match method, parts:
        case "POST", ["users"]:
            uuid = world.post_user(_json(body))
            return Answer(status=200) if uuid is None else _response({"uuid": uuid}, status=201)
        case "POST", ["companies", company, "axes", axis]:
            is_new = world.post_axis_value(company, axis, _json(body))
            return Answer(status=201 if is_new else 200)
        case "DELETE", ["users", mail]:
            world.users.delete(mail)
        case "DELETE", ["companies", company, "axes", axis, code]:
            world.delete_axis_value(company, axis, code)
        case _:
            raise RefusedError(405, "no such call")
    return Answer(status=204)


def _refusal(status: int, text: str) -> Answer:
    return Answer(status=status, body=text.encode(), is_json=False)


def _response(content: JsonObject | Sequence[JsonObject], status: int = 200) -> Answer:
    body = json.dumps({"response": content}, ensure_ascii=False, separators=(",", ":"))
    return Answer(status=status, body=body.encode())
