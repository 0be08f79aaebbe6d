"""What `n2f-sync doctor` finds: one line a check, and what to do where something has to be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from loader.errors import SyncError
from loader.shown import safe

Status = Literal["ok", "warning", "problem", "not checked"]

NOTHING_TO_DO, SOMETHING_TO_DO = 0, 1
"""Exit codes. A run at work is no error here: nothing waits for it, so that 5 does not occur."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check came to.

    Attributes:
        check: what was looked at, in a word or two.
        status: a problem stops or spoils a run; a warning does not yet.
        says: what was seen; never a secret.
        remedy: what to do, as an order; None where nothing has to be done.
    """

    check: str
    status: Status
    says: str
    remedy: str | None = None


def ok(check: str, says: str) -> Finding:
    """Return that all is well."""
    return Finding(check=check, status="ok", says=says)


def warning(check: str, says: str, remedy: str) -> Finding:
    """Return what does not stop a run, and may be meant."""
    return Finding(check=check, status="warning", says=says, remedy=remedy)


def problem(check: str, says: str, remedy: str) -> Finding:
    """Return what has to be put right."""
    return Finding(check=check, status="problem", says=says, remedy=remedy)


def failed(check: str, error: SyncError) -> Finding:
    """Return the problem that an error of the loader is."""
    return problem(check, error.message, error.remedy)


def not_checked(checks: Iterable[str], since: str) -> list[Finding]:
    """Return that these checks could not be made, and why."""
    return [Finding(check=check, status="not checked", says=f"since {since}") for check in checks]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """All findings, in the order in which they build on each other."""

    findings: Sequence[Finding]

    def count(self, status: Status) -> int:
        """Return how many checks came to that."""
        return sum(finding.status == status for finding in self.findings)

    @property
    def exit_code(self) -> int:
        """Return 1 when something has to be done, else 0."""
        return SOMETHING_TO_DO if self.count("problem") else NOTHING_TO_DO

    def to_json(self) -> dict[str, Any]:
        """Return it as dicts and lists that `json.dumps` takes."""
        return {
            "exit_code": self.exit_code,
            "problems": self.count("problem"),
            "warnings": self.count("warning"),
            "findings": [asdict(finding) for finding in self.findings],
        }

    def lines(self) -> Iterator[str]:
        """Yield the lines of a terminal: status, check, what was seen; below it what to do."""
        width = max(len(finding.check) for finding in self.findings)
        for finding in self.findings:
            yield safe(f"{finding.status:<11}  {finding.check:<{width}}  {finding.says}")
            if finding.remedy:
                yield safe(f"{'':<11}  {'':<{width}}  → {finding.remedy}")
        problems, warnings = self.count("problem"), self.count("warning")
        unchecked = self.count("not checked")
        counts = [f"{problems} problem{'' if problems == 1 else 's'}"] if problems else []
        counts += [f"{warnings} warning{'' if warnings == 1 else 's'}"] if warnings else []
        counts += [f"{unchecked} not checked"] if unchecked else []
        yield f"{', '.join(counts) or 'All is well'}: exit code {self.exit_code}"
