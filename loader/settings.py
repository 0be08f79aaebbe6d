"""What can be set, as three dataclasses; `loader.config` fills them from the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ACTIONS = ("create", "update", "delete")
"""The three things that can be done to an entity of N2F, in the order in which they are named everywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaSettings:
    """How many calls may start in any 60 seconds.

    Attributes:
        timezone: IANA name; decides when day and night quotas begin.
        reads_per_minute: None for the day and night quotas, 0 for none at all, else a fixed number.
        writes_per_minute: the same for writes.
    """

    timezone: str = "Europe/Brussels"
    reads_per_minute: int | None = None
    writes_per_minute: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """How to reach N2F. Times are seconds; `base_url` ends in exactly one slash.

    Attributes:
        max_attempts: how often one call is made at most, the first attempt included.
        retry_after_max: the longest wait that a `Retry-After` of N2F can ask for.
        ledger_dir: where the calls of the last minute are remembered for the next run; None: nowhere.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    sandbox: bool = False
    quota: QuotaSettings = field(default_factory=QuotaSettings)
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    max_attempts: int = 6
    backoff_initial: float = 1.0
    backoff_max: float = 60.0
    retry_after_max: float = 300.0
    page_size: int = 200
    ledger_dir: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """What one run may do.

    Attributes:
        scopes: None for all; the names are checked by SQL, since scopes are rows of a seed.
        allow_mass: the actions whose guard is lifted for this run.
        until: `HH:MM` in N2F's time zone.
    """

    sandbox: bool = False
    sandbox_company: str | None = None
    actions: frozenset[str] = frozenset({"create", "update"})
    scopes: frozenset[str] | None = None
    only_companies: tuple[str, ...] = ()
    only_mails: tuple[str, ...] = ()
    allow_mass: frozenset[str] = frozenset()
    max_writes: int | None = None
    until: str | None = None
    dry_run: bool = False
    strict: bool = False

    def dbt_environment(self) -> dict[str, str]:
        """Return what the models read with `env_var`.

        Every variable is always there, so that nothing of an earlier run or of the shell shines through.
        No action at all is written as `none`, which cannot be taken for a variable that is not set.
        """
        return {
            "N2F_SANDBOX": "true" if self.sandbox else "false",
            "N2F_SANDBOX_COMPANY": self.sandbox_company or "",
            "N2F_SYNC_ACTIONS": ",".join(name for name in ACTIONS if name in self.actions) or "none",
            "N2F_SYNC_SCOPES": ",".join(sorted(self.scopes or ())),
            "N2F_SYNC_ONLY_COMPANIES": ",".join(self.only_companies),
            "N2F_SYNC_ONLY_MAILS": ",".join(self.only_mails),
            "N2F_SYNC_ALLOW_MASS": ",".join(name for name in ACTIONS if name in self.allow_mass),
        }
