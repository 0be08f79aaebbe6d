"""The generated pages of docs/reference: `python -m tools.reference` writes them.

tests/test_reference.py keeps what is committed equal to what is generated.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tools.reference_commands import commands_page
from tools.reference_modules import modules_page
from tools.reference_settings import settings_page

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "modules.md": lambda: modules_page(ROOT, ("loader", "demo")),
}
"""Each page by its name, and what makes it."""


def write_pages(folder: Path = FOLDER) -> None:
    """Write every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    write_pages()
