"""The pages of docs/reference say what the code says, and the tools that make them see all of it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loader import errors
from tools.markdown import paragraphs, table
from tools.reference import FOLDER, PAGES, ROOT
from tools.reference_commands import MEANINGS, commands, commands_page
from tools.reference_modules import modules_page

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_is_what_the_code_makes_of_it(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), "run `make reference`"


def test_there_is_no_page_that_nothing_makes() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_help_of_a_command_and_its_page_have_the_same_options(name: str) -> None:
    command = [sys.executable, "-m", "loader", *name.split(), "--help"]
    wide = {**os.environ, "COLUMNS": "200"}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=wide).stdout
    page = commands_page().partition(f"\n## n2f-sync {name}\n")[2].partition("\n## ")[0]
    assert set(OPTION.findall(shown)) - {"--help"} == set(OPTION.findall(page))


def test_every_exit_code_has_its_meaning() -> None:
    left, codes = [errors.SyncError], set()
    while left:
        kind = left.pop()
        codes.add(kind.exit_code)
        left += kind.__subclasses__()
    assert codes <= set(MEANINGS)
    assert sorted(MEANINGS) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("path", sorted([*(ROOT / "loader").glob("*.py"), *(ROOT / "demo").glob("*.py")]))
def test_every_public_class_and_function_is_on_the_page_of_modules(path: Path) -> None:
    page = (FOLDER / "modules.md").read_text("utf-8")
    if path.stem.startswith("__"):
        assert f"\n### {path.parent.name}.{path.stem}\n" not in page
        return
    section = page.partition(f"\n### {path.parent.name}.{path.stem}\n")[2].partition("\n### ")[0]
    assert section
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            assert f"`{node.name}" in section
            assert ast.get_docstring(node), "a sentence says what it is"


def test_modules_are_not_imported_for_their_page(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text('"""A package."""\n')
    (tmp_path / "package" / "module.py").write_text(
        '"""One.\n\nTwo."""\nraise SystemExit\ndef a(b, *, c=1, **d):\n    """Do\n    it.\n\n    More."""\n'
    )
    page = modules_page(tmp_path, ["package"])
    assert "### package.module\n\nOne.\n\n- `a(b, *, c=1, **d)`: Do it.\n" in page


def test_a_table_keeps_its_cells_apart() -> None:
    assert list(table(("a", "b"), [("x|y", "1\n2")])) == ["| a | b |", "| --- | --- |", "| x\\|y | 1 2 |"]
    assert paragraphs("One\n    line.\n\n    Another.\n") == ["One line.", "Another."]
