"""Microsoft's own T-SQL grammar, ScriptDom, through the formatter `maxdop` that is built on it.

The grammar sees a batch as the server's parser does: the SQL inside `EXEC('…')` is a literal to it. So literals that
are run or described are taken out and parsed as batches of their own, and theirs again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlglot.dialects.tsql import TSQL
from sqlglot.tokens import Token, TokenType

VERSIONS = ("2017", "2019", "2022")
"""From the oldest SQL Server that the project is for; the grammars before it know too little to be of use."""
LITERALS = (TokenType.STRING, TokenType.NATIONAL_STRING)
DESCRIBING = ("DM_EXEC_DESCRIBE_FIRST_RESULT_SET", "TSQL")
_UNPARSED = re.compile(
    r"^maxdop: (?:.*[/\\])?(?P<name>\d+)\.sql: could not be parsed[^.]*\. (?P<message>.*)$"
)


@lru_cache(maxsize=8)
def tokens(sql: str) -> list[Token]:
    """Cut a text into T-SQL's tokens; comments are none."""
    return TSQL().tokenize(sql)


@cache
def inner_batches(sql: str) -> tuple[str, ...]:
    """Give what a batch runs or describes as literals: `EXEC('…')`, `sp_describe_first_result_set` and its like."""
    previous = [""] * 2
    found = []
    for token in tokens(sql):
        text = token.text.upper()
        is_run = previous[1] == "(" and previous[0] in {"EXEC", "EXECUTE", DESCRIBING[0]}
        if token.token_type in LITERALS and (is_run or previous == [DESCRIBING[1], "="]):
            found.append(token.text)
        previous = [previous[1], text]
    return tuple(found)


def unwrapped(sql: str) -> Iterator[str]:
    """Give a batch and all that stands in it as literals to run."""
    yield sql
    for inner in inner_batches(sql):
        yield from unwrapped(inner)


def parse_errors(sql: str, version: str) -> list[str]:
    """Say what this version's grammar finds wrong in a batch and in what it runs; parameters stand as `?` in it."""
    return list(errors_by_batch([sql], version).values())


def errors_by_batch(batches: Iterable[str], version: str) -> Mapping[str, str]:
    """Parse many batches and what they run in one go: the text that is wrong, and what is wrong with it."""
    texts = list(dict.fromkeys(text for batch in batches for text in unwrapped(batch)))
    shares = os.cpu_count() or 1
    with TemporaryDirectory() as name, ThreadPoolExecutor(shares) as pool:
        folders = [Path(name) / str(share) for share in range(shares)]
        lines = pool.map(lambda share: maxdop(texts[share::shares], folders[share], version), range(shares))
        return {
            texts[share::shares][number]: message
            for share, found in enumerate(lines) for number, message in found.items()
        }  # fmt: skip


def maxdop(texts: Sequence[str], folder: Path, version: str) -> dict[int, str]:
    """Let maxdop read texts as files of one folder, and say which it cannot parse."""
    folder.mkdir()
    (folder / ".maxdop.json").write_text(
        json.dumps({"initialQuotedIdentifiers": True, "parserVersion": version})
    )
    for number, text in enumerate(texts):
        (folder / f"{number}.sql").write_text(with_parameters(text), encoding="utf-8")
    program = shutil.which("maxdop", path=str(Path(sys.executable).parent)) or shutil.which("maxdop")
    assert program, "maxdop is not installed: make setup"
    done = subprocess.run(
        [program, "--check", str(folder)], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode in {0, 1}, done.stderr  # 2 is maxdop's own trouble, and nothing is proven then
    return {
        int(match["name"]): match["message"]
        for line in done.stderr.splitlines()
        if (match := _UNPARSED.match(line))
    }


def with_parameters(sql: str) -> str:
    """Write ODBC's `?` as the variables that the driver makes of them."""
    if "?" not in sql:
        return sql
    places = [token.start for token in tokens(sql) if token.text == "?" and token.token_type not in LITERALS]
    for number, place in reversed(list(enumerate(places, 1))):
        sql = f"{sql[:place]}@P{number}{sql[place + 1 :]}"
    return sql
