"""The French pages have what the English ones have: headings, tables row by row, commands, messages, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_runbook import FENCED, told

ROOT = Path(__file__).resolve().parents[1]
FRENCH = ROOT / "docs" / "fr"
RUNBOOKS = (ROOT / "docs" / "runbook.md", FRENCH / "runbook.md")
PAIRS = [(ROOT / "README.md", FRENCH / "README.md"), RUNBOOKS]
CODE = re.compile(r"``.+?``|`[^`]+`")


def names(path: Path) -> str:
    """What a pair of pages is called in a test."""
    return path.name


def without_code(path: Path) -> str:
    """A page without its fenced blocks."""
    return FENCED.sub("", path.read_text("utf-8"))


def headings(path: Path) -> list[int]:
    """The levels of a page's headings, in order."""
    return [len(marks) for marks in re.findall(r"(?m)^(#+) ", without_code(path))]


def tables(path: Path) -> list[tuple[int, int]]:
    """Rows and columns of each table of a page, in order."""
    found = []
    for block in re.findall(r"(?m)(?:^\|.*\n)+", without_code(path)):
        lines = block.splitlines()
        found.append((len(lines), lines[1].count("---")))
    return found


def statements(path: Path) -> list[tuple[str, str]]:
    """Language and text of each fenced block, comments and layout left out."""
    blocks = FENCED.findall(path.read_text("utf-8"))
    return [
        (language, " ".join(re.sub(r"(?m)(^| )(--|#) .*$", "", text).split()))
        for language, text in blocks
        if language != "text"
    ]


def first_cells(path: Path) -> list[str]:
    """What stands in code in the first cells of all tables."""
    lines = [line for line in without_code(path).splitlines() if line.startswith("|")]
    return [code for line in lines for code in CODE.findall(line.split(" | ")[0])]


@pytest.mark.parametrize(("english", "french"), PAIRS, ids=names)
def test_every_heading_has_its_counterpart(english: Path, french: Path) -> None:
    assert len(headings(english)) > 4
    assert headings(french) == headings(english)


@pytest.mark.parametrize(("english", "french"), PAIRS, ids=names)
def test_every_table_has_its_counterpart_row_by_row(english: Path, french: Path) -> None:
    assert tables(french) == tables(english)


@pytest.mark.parametrize(("english", "french"), PAIRS, ids=names)
def test_commands_and_queries_are_the_same(english: Path, french: Path) -> None:
    assert statements(english)
    assert statements(french) == statements(english)


@pytest.mark.parametrize(("english", "french"), [RUNBOOKS], ids=names)
def test_what_is_asked_for_is_the_same(english: Path, french: Path) -> None:
    assert first_cells(french) == first_cells(english)


def test_the_messages_are_the_same_in_the_same_order() -> None:
    english, french = (told(path) for path in RUNBOOKS)
    assert len(english) > 100
    assert french == english


@pytest.mark.parametrize(("english", "french"), PAIRS, ids=names)
def test_the_same_pages_are_linked(english: Path, french: Path) -> None:
    def linked(path: Path) -> set[Path]:
        targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", path.read_text("utf-8"))
        return {(path.parent / target).resolve() for target in targets} - {english, french}

    english_pages = {FRENCH / "runbook.md" if page == RUNBOOKS[0] else page for page in linked(english)}
    french_pages = linked(french) | ({FRENCH / "runbook.md"} if english == PAIRS[0][0] else set())
    assert english_pages - {FRENCH / "README.md"} <= french_pages


@pytest.mark.parametrize("path", [french for _, french in PAIRS], ids=names)
def test_the_french_is_french(path: Path) -> None:
    text = re.sub(r"\[[^\]]*\]\(\S+\)", "", CODE.sub("", without_code(path)))
    assert len(re.findall(r"\b(?:le|la|les|des|une|est|qui)\b", text)) > 50
    assert re.findall(r"\b(?:the|which|that|what|does)\b", text) == []
    assert re.findall(r"[a-zéèà][;?!:](?:\s|$)", text) == [], "a space stands before ; ? ! and :"
