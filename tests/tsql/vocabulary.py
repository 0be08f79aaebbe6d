"""What a grammar cannot see: functions that SQL Server does not have, and words that mean something else there.

`FUNCTIONS` is the whole vocabulary that models, tests and hooks may call, each known to SQL Server 2017 with that many
arguments. A new function is looked up in Microsoft's documentation ("Applies to"), and added here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlglot.tokens import Token, TokenType

from tests.tsql.grammar import LITERALS, tokens

MANY = 254
FUNCTIONS: dict[str, tuple[int, int]] = {
    # aggregates and windows
    "count": (1, 1), "max": (1, 1), "min": (1, 1), "sum": (1, 1),
    "dense_rank": (0, 0), "lag": (1, 3), "lead": (1, 3), "rank": (0, 0), "row_number": (0, 0),
    # conversions: `x as type` is one argument
    "cast": (1, 1), "try_cast": (1, 1), "coalesce": (2, MANY), "nullif": (2, 2),
    # numbers
    "abs": (1, 1), "ceiling": (1, 1), "floor": (1, 1),
    # text: `trim` with a set of characters is `trim('x' from y)`, with two arguments it is another engine's
    "charindex": (2, 3), "concat": (2, MANY), "format": (2, 3), "left": (2, 2), "lower": (1, 1), "ltrim": (1, 1),
    "replace": (3, 3), "right": (2, 2), "rtrim": (1, 1), "string_agg": (2, 2), "string_escape": (2, 2),
    "substring": (3, 3), "trim": (1, 1), "upper": (1, 1),
    # documents: `isjson` with a type, `json_object` and `json_path_exists` came in 2022
    "isjson": (1, 1), "json_query": (1, 2), "json_value": (2, 2), "openjson": (1, 2),
    # instants
    "dateadd": (3, 3), "datediff": (3, 3), "sysutcdatetime": (0, 0),
    # of hooks
    "col_length": (2, 2), "object_id": (1, 2), "schema_id": (0, 1),
}  # fmt: skip
NOT_CALLED = {
    "all", "and", "any", "apply", "as", "between", "by", "case", "clustered", "distinct", "else", "end", "except",
    "exists", "from", "group", "having", "in", "intersect", "is", "join", "like", "not", "on", "or", "over", "select",
    "then", "top", "union", "values", "when", "where", "with",
    "datetime2", "decimal", "nvarchar",
}  # fmt: skip
"""Words before a parenthesis that call nothing; types with a length, of text only Unicode, among them."""
FORBIDDEN_WORDS = {
    "boolean": "there is no such type: type_flag()",
    "convert": "another function elsewhere: cast",
    "current_timestamp": "the server's own zone: now_utc()",
    "false": "there is no such value: 0",
    "filter": "there is none for aggregates: case",
    "getdate": "the server's own zone: now_utc()",
    "getutcdate": "to the millisecond only: now_utc()",
    "ilike": "there is no such operator: lower(…) like",
    "interval": "there is no such literal: hours_ago()",
    "isnull": "another function elsewhere: coalesce",
    "limit": "there is none: row_number()",
    "option": "not in a view",
    "qualify": "there is none: row_number() in a CTE",
    "recursive": "there is no such keyword: recursive()",
    "text": "a type that is gone: type_text()",
    "top": "elsewhere unknown: row_number()",
    "true": "there is no such value: 1",
    "using": "there is none in a join: on",
    "varchar": "not Unicode: type_text()",
}
FORBIDDEN_PAIRS = {
    ("is", "distinct"): "came in 2022: is_different()",
    ("not", "distinct"): "came in 2022: is_different()",
    ("natural", "join"): "there is none: on",
}
FORBIDDEN_SIGNS = {"::": "cast", "||": "concat", "->": "json_text()", "->>": "json_text()", "==": "="}
NAMES = (TokenType.IDENTIFIER, *LITERALS)
"""Tokens in quotes or brackets: never words of the language."""


def unknown_functions(sql: str) -> list[str]:
    """Name the functions of a text that are not in the vocabulary, and those called with too few or too many."""
    found = []
    for name, count in calls(tokens(sql)):
        if name not in FUNCTIONS:
            found.append(f"{name}() is not in the vocabulary")
        elif not FUNCTIONS[name][0] <= count <= FUNCTIONS[name][1]:
            found.append(f"{name}() with {count} arguments")
    return list(dict.fromkeys(found))


def calls(stream: list[Token]) -> Iterator[tuple[str, int]]:
    """Give each function that is called, in lower case, and how many arguments it gets."""
    previous = ""
    for place, (token, following) in enumerate(pairwise(stream)):
        before, previous = previous, token.text.lower()
        name = previous
        is_word = token.token_type not in NAMES and name.replace("_", "").isalnum() and not name[0].isdigit()
        if following.text != "(" or not is_word or before == "as" or name in NOT_CALLED:
            continue
        yield name, arguments(stream[place + 1 :])


def arguments(stream: list[Token]) -> int:
    """Count the arguments of a call, from its opening parenthesis on."""
    depth, commas, is_empty = 0, 0, stream[1].text == ")"
    for token in stream:
        if token.token_type in NAMES:
            continue
        depth += (token.text == "(") - (token.text == ")")
        commas += depth == 1 and token.text == ","
        if depth == 0:
            break
    return 0 if is_empty else commas + 1


def forbidden_tokens(sql: str, *, allowed: tuple[str, ...] = ()) -> list[str]:
    """Say which words and signs of a text SQL Server would not take, or take for something else."""
    stream = tokens(sql)
    found = [f"'{token.text}' is not ASCII" for token in stream if not token.text.isascii()]
    plain = ["" if token.token_type in NAMES else token.text.lower() for token in stream]
    for before, word, after in zip(["", *plain], plain, [*plain[1:], ""], strict=False):
        is_name = before == "." or after == "." or (before == "as" and after not in {"(", ")"})
        if word in FORBIDDEN_WORDS and word not in allowed and not is_name:
            found.append(f"{word}: {FORBIDDEN_WORDS[word]}")
        if word in FORBIDDEN_SIGNS or word + after in FORBIDDEN_SIGNS:
            found.append(f"{word}: {FORBIDDEN_SIGNS.get(word) or FORBIDDEN_SIGNS[word + after]}")
        if (word, after) in FORBIDDEN_PAIRS:
            found.append(f"{word} {after}: {FORBIDDEN_PAIRS[word, after]}")
        if word == "nvarchar" and after != "(":
            found.append("nvarchar without a length is nvarchar(1) or (30)")
    return [*dict.fromkeys(found), *orders_of_a_view(plain)]


def orders_of_a_view(words: list[str]) -> Iterator[str]:
    """Find `order by` outside of a window: SQL Server has none in a view (Msg 1033), and dbt makes views of all."""
    opened = [""]
    for before, word in zip(["", *words], words, strict=False):
        if word == "(":
            opened.append(before)
        elif word == ")":
            opened.pop()
        elif word.split()[:1] == ["order"] and opened[-1] not in {"over", "group", "within group"}:
            yield "order by outside of a window"
