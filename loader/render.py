"""How summaries, plans and states look as text; each noun has a module. Nothing here prints."""

from __future__ import annotations

from loader.render_rows import rows
from loader.render_status import status
from loader.render_summary import Renderable, summary

__all__ = ["Renderable", "rows", "status", "summary"]
