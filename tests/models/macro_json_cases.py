"""What the macros that read and write documents make of awkward ones."""

from __future__ import annotations

import json
from typing import Any

from tests.models.macro_cases import Case, of_one

LONG = "é" * 2500 + "x" * 2500  # longer than what T-SQL's JSON_VALUE returns


def of_documents(name: str, expression: str, *pairs: tuple[Any, Any], is_json: bool = False) -> Case:
    """Make a case of an expression on a document with the keys a and b."""
    sql = (
        f"select {expression} as result from given"
        " {{ json_members('document', ['a', 'b']) }} order by position"
    )
    return Case(name=name, sql=sql, columns={"document": "exact"}, expected=pairs, is_json=is_json)


def named(*names: Any) -> str:
    """Write a document with `names`."""
    return json.dumps({"names": names}, ensure_ascii=False)


def name(culture: Any, value: Any) -> dict[str, Any]:
    """Return an entry of `names`."""
    return {"culture": culture, "value": value}


JSON_CASES = (
    of_documents("json_text", "{{ json_text('document', 'a', ['a', 'b']) }}",
        ('{"a": "x", "b": "y"}', "x"), ('{"b": 1}', None), ('{"a": null}', None), ('{"a": ""}', ""),
        ('{"a": " x "}', " x "),
        ('{"a": 1}', "1"), ('{"a": -1.5}', "-1.5"), ('{"a": 12345678901234567}', "12345678901234567"),
        ('{"a": true}', "true"), ('{"a": false}', "false"), ('{"a":{"b":[1,"x"]}}', '{"b":[1,"x"]}'),
        ('{"a":[]}', "[]"),
        ('{"a": "\\u00e9\\ud83d\\ude00"}', "é😀"), ('{"a": "é😀"}', "é😀"),
        ('{"a": "say \\"hi\\" \\\\ \\/ \\n"}', 'say "hi" \\ / \n'),
        (f'{{"a": "{LONG}"}}', LONG), ('{"A": "x"}', None), ('{"c": {"a": "x"}}', None), ("{}", None),
        ("[]", None),
        ('[{"a": "x"}]', None), ('"a"', None), ("5", None), ("null", None), (None, None),
    ),
    of_documents("json_fragment", "{{ json_fragment('document', 'a', ['a', 'b']) }}",
        ('{"a": "x", "b": "y"}', ["x"]), ('{"b": 1}', None), ('{"a": null}', [None]), ('{"a": ""}', [""]),
        ('{"a": 1}', [1]),
        ('{"a": "1"}', ["1"]), ('{"a": 1.5}', [1.5]), ('{"a": true}', [True]), ('{"a": "true"}', ["true"]),
        ('{"a": "null"}', ["null"]),
        ('{"a": {"b": [1, "é", null]}}', [{"b": [1, "é", None]}]), ('{"a": []}', [[]]),
        ('{"a": "é\\u00e9\\"\\\\/"}', ['éé"\\/']),
        (f'{{"a": "{LONG}"}}', [LONG]), ("[]", None), ("null", None), (None, None), is_json=True,
    ),
    of_documents("json_has_key", "{{ flag(json_has_key('document', 'a', ['a', 'b'])) }}",
        ('{"a": "x"}', True), ('{"a": null}', True), ('{"a": ""}', True), ('{"b": 1}', False),
        ('{"A": 1}', False), ("{}", False),
        ("[]", False), ("null", False), (None, False),
    ),
    of_documents("json_subset", "{{ json_subset('document', ['b', 'a'], ['a', 'b']) }}",
        ('{"a": 1, "b": "x", "c": 2}', [{"b": "x", "a": 1}]), ('{"a": true}', [{"b": None, "a": True}]),
        ("{}", [{"b": None, "a": None}]),
        ('{"a": {"c": "é/"}}', [{"b": None, "a": {"c": "é/"}}]),
        (f'{{"b": "{LONG}"}}', [{"b": LONG, "a": None}]), is_json=True,
    ),
    of_one("json_name", "exact", "{{ json_name('value', 'fr') }}",
        (named(name("fr", "Plaque"), name("nl", "Plaat")), "Plaque"), (named(name("FR", "Été")), "Été"),
        (named(name(" fr ", "x")), "x"),
        (named(name("nl", "Plaat")), None), (named(name("fr", "first"), name("fr", "second")), "first"),
        (named(*[name("nl", "x")] * 11, name("fr", "b"), name("fr", "a")), "b"),
        (named(name("fr", None), name("fr", "x")), None),
        (named(name(None, "x"), {"value": "y"}, name("fr", "z")), "z"),
        (named(5, "fr", None, name("fr", "x")), "x"), (named(), None),
        (named(name("fr", LONG)), LONG), (named(name("fr-BE", "x")), None), ('{"names": null}', None),
        ('{"names": "fr"}', None),
        ('{"names": {"culture": "fr", "value": "x"}}', None), ("{}", None), ("[]", None), ("null", None),
        (None, None),
    ),
    of_one("json_string", "exact", "{{ json_string('value') }}",
        ("x", ["x"]), ("", [""]), (None, [""]), ('say "hi"', ['say "hi"']), ("back\\slash", ["back\\slash"]),
        ("a/b", ["a/b"]),
        ("\n\r\t\b\f", ["\n\r\t\b\f"]), ("\x01\x1f\x7f", ["\x01\x1f\x7f"]),
        ("Zoë €😀\u00a0\u2028", ["Zoë €😀\u00a0\u2028"]),
        (LONG, [LONG]), is_json=True,
    ),
    Case(
        name="json_object",
        sql="select {{ json_object([['b', json_string('a')], ['a', json_string('b')], ['c', \"'null'\"]]) }} "
        " as result from given order by position",
        columns={"a": "exact", "b": "exact"},
        expected=(
            (("x", "y"), '{"b":"x","a":"y","c":null}'), ((None, "é"), '{"b":"","a":"é","c":null}'),
            ((LONG, LONG), f'{{"b":"{LONG}","a":"{LONG}","c":null}}'),
        ),
    ),
    of_one("json_boolean", "flag", "{{ json_boolean('value') }}",
        (True, "true"), (False, "false"), (None, "false"),
    ),
)  # fmt: skip

NAMES_AS_ROWS = Case(
    name="cross_join_json_names",
    sql="select position, names.culture, names.value from given"
    " {{ cross_join_json_names('given.document', 'names') }}",
    columns={"document": "exact"},
    expected=(
        (named(name("fr", "Été"), name("nl", "Zomer")), [("fr", "Été"), ("nl", "Zomer")]),
        (named(), []), ("{}", []), ("null", []), (None, []), ("[]", []), ('{"names": null}', []),
        (named(name("FR", 'say "hi"')), [("FR", 'say "hi"')]),
        (named(name("fr", LONG)), [("fr", LONG)]), (named(name("fr", None)), [("fr", None)]),
        (named({"value": "x"}), [(None, "x")]),
    ),
)  # fmt: skip
"""Its result has a row for each name."""

MEMBERS_AS_ROWS = Case(
    name="cross_join_json_members",
    sql="select position, members.name, members.value_json from given"
    " {{ cross_join_json_members('given.document', 'members') }}",
    columns={"document": "exact"},
    expected=(
        ('{"a": "x", "b": true, "c": null, "d": 1.50}', [("a", '"x"'), ("b", "true"), ("c", "null"), ("d", "1.50")]),
        ('{"a": ""}', [("a", '""')]), ('{"a": "say \\"hi\\" \\u00e9/"}', [("a", '"say \\"hi\\" \u00e9/"')]),
        ("{}", []), ("null", []), (None, []),
        ('{"a":[{"culture":"fr","value":"\u00c9t\u00e9"}]}', [("a", '[{"culture":"fr","value":"\u00c9t\u00e9"}]')]),
        (f'{{"a": "{LONG}"}}', [("a", f'"{LONG}"')]),
    ),
)  # fmt: skip
"""Its result has a row for each member; values are JSON."""
