"""docs/architecture.md and its picture name what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "flow.svg"
SVG = "{http://www.w3.org/2000/svg}"
LOADER = ROOT / "loader"
OWNERS = re.findall(r"(?m)^\| `(\w+)` \| ((?:`\w+\.py`(?:, )?)+) \|", PAGE.read_text("utf-8"))
TABLE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")


def tables() -> set[str]:
    """Every model, and every table of the loader with its schema and without."""
    models = {path.stem for path in (ROOT / "dbt_project" / "models").rglob("*.sql")}
    made = (ROOT / "dbt_project" / "macros" / "create_loader_tables.sql").read_text("utf-8")
    return models | {
        part for name in re.findall(r"'(n2f_\w+\.\w+)'", made) for part in (name, *name.split("."))
    }


def words_of_picture() -> list[str]:
    """What stands in the picture in the type of code, and the names of its boxes."""
    texts = ElementTree.parse(PICTURE).iter(f"{SVG}text")  # noqa: S314 - our own file
    return [text.text or "" for text in texts if text.get("class") in {"code", "name"}]


def test_the_picture_names_tables_that_are_there() -> None:
    named = {
        word for text in words_of_picture() for word in TABLE.findall(text) if not text.startswith("iris")
    }
    assert {"push_changes", "push_results", "rejected_rows"} <= named
    assert named - tables() - {"n2f_staging", "n2f_diff"} == set()


def test_the_picture_says_in_words_what_it_shows_and_knows_the_dark() -> None:
    picture = ElementTree.parse(PICTURE).getroot()  # noqa: S314 - our own file
    assert picture.find(f"{SVG}title") is not None
    assert picture.find(f"{SVG}desc") is not None
    assert "prefers-color-scheme: dark" in PICTURE.read_text("utf-8")
    assert PAGE.read_text("utf-8").count("](images/flow.svg)") == 1


def test_no_text_of_the_picture_stands_outside_of_it() -> None:
    picture = ElementTree.parse(PICTURE).getroot()  # noqa: S314 - our own file
    _, _, width, height = (float(part) for part in picture.attrib["viewBox"].split())
    for text in picture.iter(f"{SVG}text"):
        assert 0 < float(text.attrib["x"]) < width
        assert 0 < float(text.attrib["y"]) < height


def importers(package: str) -> set[str]:
    """The modules of the loader that import a package."""
    found = set()
    for path in LOADER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == package for name in names):
                found.add(path.name)
    return found


@pytest.mark.parametrize(("package", "owners"), OWNERS, ids=[package for package, _ in OWNERS])
def test_a_dependency_has_the_owners_that_are_named(package: str, owners: str) -> None:
    assert importers(package) == set(re.findall(r"`(\w+\.py)`", owners))


def test_the_owners_are_found() -> None:
    assert {package for package, _ in OWNERS} >= {"requests", "duckdb", "pyodbc", "dbt"}


def test_the_page_names_modules_and_folders_that_are_there() -> None:
    text = PAGE.read_text("utf-8")
    assert [name for name in re.findall(r"`(\w+\.py)`", text) if not (LOADER / name).is_file()] == []
    assert [name for name in re.findall(r"(?m)^\| `(\w+)/` \|", text) if not (ROOT / name).is_dir()] == []
