"""The report as one HTML file that is readable without a network, and without scripts.

Whatever Agresso or N2F put into a value is text here: Jinja2 escapes all of it, characters that change how text is read
(line breaks, the other direction of writing) are shown as such, and the page's own policy allows no script but its own.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from loader.explained import Members
from loader.report_charts import stacked_bars
from loader.report_sql import NIGHTS
from loader.reported import Report, ReportedChange
from loader.settings import ACTIONS
from loader.shown import shown_value

_LONGEST_TEXT = 500  # characters of a value; the CSV file has the whole

_MOST = 20  # lines of one kind among what needs a person

_OUTCOMES = ("planned", "succeeded", "failed", "skipped", "left", "withheld", "held", "off")
_WORDS = {"planned": "to send", "succeeded": "sent", "off": "not asked for"}
_TONES = {
    "succeeded": "ok",
    "failed": "bad",
    "skipped": "bad",
    "left": "warn",
    "withheld": "warn",
    "held": "warn",
}
_SOURCES = {"agresso": "in Agresso", "n2f": "in N2F"}
_EXIT_CODES = {
    0: "exit code 0: in step", 1: "exit code 1: stopped by an error", 2: "exit code 2: wrong usage",
    3: "exit code 3: finished, with rows that failed, were skipped or are left over",
    4: "exit code 4: a guard withheld something", 5: "exit code 5: another run was at work",
}  # fmt: skip
_HELD = "held by a DBA"


def page_parts(report: Report) -> Iterator[str]:
    """Yield the page piece by piece."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"text": _text, "instant": _instant, "duration": _duration}
    style, script = _resource("report.css"), _resource("report.js")

    def shown(field: str, value: object) -> str:
        if field == "company" and value in report.companies:
            return f"{_text(report.companies[str(value)])} ({_text(value)})"
        return _text(shown_value(value))

    def remedy(kind: str, reason: str = "") -> str:
        known = report.remedies.by_kind
        _, text = known.get((kind, reason)) or known.get((kind, "")) or (0, "")
        return text

    return environment.from_string(_resource("report.html.j2")).generate(
        report=report,
        page=_Page(report),
        style=Markup(style),  # noqa: S704 - the project's own file
        script=Markup(script),  # noqa: S704 - likewise
        style_hash=_hash(style),
        script_hash=_hash(script),
        shown=shown,
        remedy=remedy,
        most=_MOST,
        words=_WORDS,
        tones=_TONES,
        sources=_SOURCES,
    )


class _Page:
    """What the template shows, as it shows it."""

    def __init__(self, report: Report) -> None:
        run = report.run
        self.began = _instant(run["started_at"])
        self.verdict, self.tone = _verdict(run)
        self.exit_code = _EXIT_CODES.get(run["exit_code"], "no exit code: it did not end by itself")
        self.took = _took(run)
        self.unfinished = _unfinished(report)
        self.needs = bool(
            run["exit_code"] not in (0, 3, 4)
            or report.guards or report.problems or self.unfinished or report.flapping or report.rejections
        )  # fmt: skip
        self.fine = "The run is in step: everything that was to be sent was sent, and no row is rejected."
        self.outcomes = [name for name in _OUTCOMES if any(row["outcome"] == name for row in report.counts)]
        self.counts = _lines(report)
        self.scopes = list(dict.fromkeys(line["scope"] for line in self.counts))
        self.actions = [name for name in ACTIONS if any(line["action"] == name for line in self.counts)]
        self.companies = sorted({change.company for change in report.changes if change.company})
        self.rejections = _by_scope(report)
        self.held_back = _held_back(report)
        self.held_scopes = list(dict.fromkeys(sorted(row["scope"] for row in self.held_back)))
        self.held_reasons = list(dict.fromkeys(sorted(row["reason"] for row in self.held_back)))
        self.minutes = report.minutes
        self.minutes_told, self.minute_charts = _minutes(report)
        self.waits = _waits(report.metrics)
        self.sent_chart, self.open_chart = _trend(report)

    @staticmethod
    def told_of(change: ReportedChange) -> ReportedChange:
        """Return a change without the fields that its other columns tell already."""
        if change.action == "update":
            return change
        told = (change.entity_key, change.entity_key.partition("/")[2])
        return replace(
            change,
            fields=tuple(
                item
                for item in change.fields
                if item.field != "company" and (item.old or item.new) not in told
            ),
        )


def _verdict(run: Members) -> tuple[str, str]:
    """Return how a run ended in a word or two, and its tone."""
    status = str(run["status"])
    tones = {"succeeded": "ok", "dry_run": "", "running": "warn", "incomplete": "warn", "guarded": "warn"}
    return {"dry_run": "dry run", "guarded": "withheld by a guard"}.get(status, status), tones.get(
        status, "bad"
    )


def _unfinished(report: Report) -> int:
    """Return how many changes a push should have sent and has no result of."""
    if report.run["is_dry_run"] or report.run["command"] == "plan":
        return 0
    return sum(row["row_count"] for row in report.counts if row["outcome"] == "planned")


def _lines(report: Report) -> list[Members]:
    """Return the counts with a line per scope and action, users first."""
    lines: dict[tuple[str, str], dict[str, int]] = {}
    for row in report.counts:
        lines.setdefault((row["scope"], row["action"]), {})[row["outcome"]] = row["row_count"]
    order = sorted(lines, key=lambda key: (key[0] != "users", key[0], ACTIONS.index(key[1])))
    return [
        {"scope": key[0], "action": key[1], "by_outcome": lines[key], "total": sum(lines[key].values())}
        for key in order
    ]


def _by_scope(report: Report) -> list[Members]:
    """Return the reasons of rejected rows, a line per scope."""
    scopes: dict[str, list[Members]] = {}
    for row in report.rejections:
        scopes.setdefault(row["scope"], []).append(row)
    return [
        {
            "scope": scope, "reasons": rows, "row_count": sum(row["row_count"] for row in rows),
            "since": min((row["oldest_since"] for row in rows if row["oldest_since"]), default=None),
        }
        for scope, rows in scopes.items()
    ]  # fmt: skip


def _held_back(report: Report) -> list[Members]:
    held = [
        {
            "scope": change.scope, "entity_key": change.entity_key, "reason": _HELD, "detail": change.reason,
            "source": None, "since": change.since, "plan_count": change.plan_count,
        }
        for change in report.changes
        if change.outcome == "held"
    ]  # fmt: skip
    return [*held, *report.rejected]


def _minutes(report: Report) -> tuple[str, list[Members]]:
    """Return what the minutes come to in words, and a chart of each kind of call; minutes without calls are shown."""
    rows = {datetime.fromisoformat(row["minute"][:-1]): row for row in report.minutes}
    if not rows:
        return "", []
    first, last = min(rows), max(rows)
    minutes = [
        first + timedelta(minutes=number) for number in range(int((last - first).total_seconds() // 60) + 1)
    ]
    labels = [f"{minute:%H:%M}" for minute in minutes]
    told, charts = [], []
    for kind, plural in (("read", "Reads"), ("write", "Writes")):
        used = [int(rows[minute][f"{kind}_count"]) if minute in rows else 0 for minute in minutes]
        quotas = [rows[minute][f"{kind}_quota"] if minute in rows else None for minute in minutes]
        left = [max(0, (quota or 0) - count) for quota, count in zip(quotas, used, strict=True)]
        has_quota = any(quotas)
        words = f"{sum(used)} {plural.lower()} in {len(minutes)} minutes, {max(used)} in the busiest"
        told.append(words)
        charts.append(
            {
                "title": plural,
                "has_quota": has_quota,
                "svg": Markup(  # noqa: S704 - made by an XML library
                    stacked_bars(
                        f"{kind}s", f"{plural} by minute", words, labels,
                        [("used", used), ("left of the quota", left)] if has_quota else [("used", used)],
                    )
                ),
            }
        )  # fmt: skip
    return f"{'; '.join(told)}.", charts


def _waits(metrics: Members | None) -> str | None:
    """Return what held the run up, in words."""
    if metrics is None:
        return None
    return (
        f"It waited {_duration(metrics['quota_seconds'])} for the quotas and {_duration(metrics['backoff_seconds'])}"
        f" before {metrics['retry_count']} repeated attempts."
    )


def _trend(report: Report) -> tuple[Markup, Markup]:
    """Return the charts of the nights, those without a run among them."""
    by_night = {date.fromisoformat(night["night"]): night for night in report.nights}
    nights = [report.last_night - timedelta(days=ago) for ago in reversed(range(NIGHTS))]
    labels = [f"{night.day} {night:%b}" for night in nights]

    def total(*names: str) -> list[int]:
        return [
            sum(int(by_night[night][f"{name}_count"]) for name in names) if night in by_night else 0
            for night in nights
        ]

    sent = stacked_bars(
        "sent", "Changes sent in each night",
        f"{sum(total('succeeded'))} in {NIGHTS} nights, {len(by_night)} of them with a run",
        labels, [("sent", total("succeeded"))],
    )  # fmt: skip
    parts = [
        ("failed or skipped", total("failed", "skipped")),
        ("withheld or left", total("withheld", "left")),
        ("rejected", total("rejected")),
    ]
    last = ", ".join(f"{figures[-1]} {name}" for name, figures in parts)
    still_open = stacked_bars(
        "open",
        "Changes not sent and rows rejected, of each night",
        f"In the last night: {last}",
        labels,
        parts,
    )
    return Markup(sent), Markup(still_open)  # noqa: S704 - made by an XML library


def _took(run: Members) -> str | None:
    if not run["finished_at"]:
        return None
    began, ended = (datetime.fromisoformat(run[name][:-1]) for name in ("started_at", "finished_at"))
    return _duration((ended - began).total_seconds())


def _duration(seconds: float) -> str:
    """Return a time span as people say it."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{float(seconds):.1f} s"
    hours, minutes = divmod(round(float(seconds) / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _text(value: object) -> str:
    """Return text that a page shows and does not act upon, cut where it is very long."""
    whole = "" if value is None else str(value)
    shown = "".join(char if char.isprintable() else "\ufffd" for char in whole[:_LONGEST_TEXT])
    return shown if len(whole) <= _LONGEST_TEXT else f"{shown}… ({len(whole)} characters)"


def _instant(value: str | datetime) -> str:
    """Return an instant, UTC, to the minute."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value.removesuffix("Z"))
    return f"{at:%Y-%m-%d %H:%M}"


def _resource(name: str) -> str:
    return files("loader").joinpath("templates", name).read_text("utf-8")


def _hash(text: str) -> str:
    """Return what the page's policy knows a style or a script of its own by."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
