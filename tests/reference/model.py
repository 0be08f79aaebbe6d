"""The words in which an expectation is written: rejected rows, changes, guards, writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .world import World

Key = tuple[str, str]
"""(scope, entity_key)."""

Rejection = tuple[str, str, str]
"""(scope, entity_key, reason)."""

USER_FIELDS = (
    "mail", "firstname", "lastname", "jobTitle", "employeeNumber", "accountingAuxiliaryAccount", "company",
    "role", "profile", "managerMail", "canCreateVehicle", "personnalCarHaveToBeApproved",
    "removeHomeWorkDistance", "gotProPayment", "canRaiseLimits", "culture", "currencyIsoCode",
    "structure", "authMode",
)  # fmt: skip
"""All 19 fields of POST users."""

VALUE_FIELDS = ("code", "names", "validityDateFrom", "validityDateTo")
"""All fields of POST companies/{uuid}/axes/{axis}."""

SEND, OFF, WITHHELD = "send", "off", "withheld"
PHASES = {
    ("axis", "create"): 1,
    ("axis", "update"): 1,
    ("users", "create"): 2,
    ("users", "update"): 3,
    ("users", "delete"): 4,
    ("axis", "delete"): 5,
}
"""Order: axis values created and updated; users created; updated; deleted; axis values deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of push_changes.

    `path` holds the decoded parts of the path. `payload` is what POST sends, None for DELETE. `previous`
    has the payload's fields exactly as N2F holds them (None where the key is missing), None for a create.
    `rank` orders the changes of a phase. `decision_reason` is '' | 'guard' | 'source_empty' | 'hold'.
    """

    scope: str
    action: str
    entity_key: str
    path: tuple[str, ...]
    payload: dict[str, Any] | None
    previous: dict[str, Any] | None
    changed_columns: frozenset[str]
    rank: int = 0
    decision: str = SEND
    decision_reason: str = ""

    @property
    def key(self) -> Key:
        """(scope, entity_key), unique in a plan."""
        return (self.scope, self.entity_key)

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "DELETE" if self.action == "delete" else "POST"

    @property
    def phase(self) -> int:
        """Place of its kind in the order in which changes are sent, 1 to 5."""
        return PHASES["users" if self.scope == "users" else "axis", self.action]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One row of push_safety: what was counted, and 'ok' | 'over_limit' | 'source_empty'."""

    verdict: str
    change_count: int
    n2f_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One call to N2F other than auth: the first attempt is the only one, N2F answers at once."""

    method: str
    scope: str
    entity_key: str
    path: tuple[str, ...]
    payload: dict[str, Any] | None
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Everything the contract says about one run on one world.

    `changes` stands in the order sent. `results` has no entry for a change that is off. `users_after` is
    keyed by the mail as N2F spells it, `values_after` by (company uuid, axis, code as N2F spells it).
    `next_world` is what the next run starts from. `not_compared` holds (scope, company code, axis, field)
    of fields that a list that is not empty never carries. `depends_on` pairs a change with what must have
    succeeded before it. `managers` is user -> settled manager, '' for none, of all rows of Agresso that are
    not rejected; `n2f_managers` the same of N2F as it is.
    """

    rejected: frozenset[Rejection]
    changes: tuple[Change, ...]
    guards: dict[tuple[str, str], Guard]
    not_compared: frozenset[tuple[str, str, str, str]]
    depends_on: frozenset[tuple[Key, Key]]
    managers: dict[str, str]
    n2f_managers: dict[str, str]
    results: dict[Key, str]
    writes: tuple[Write, ...]
    users_after: dict[str, dict[str, Any]]
    values_after: dict[tuple[str, str, str], dict[str, Any]]
    exit_code: int
    next_world: World

    def change(self, scope: str, entity_key: str) -> Change | None:
        """Find the change of an entity, if it has one."""
        return next((change for change in self.changes if change.key == (scope, entity_key)), None)


@dataclass(slots=True, kw_only=True)
class Planned:
    """What the rules say about one scope before the order and the sending."""

    rejected: set[Rejection] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)
    guards: dict[tuple[str, str], Guard] = field(default_factory=dict)
    not_compared: set[tuple[str, str, str, str]] = field(default_factory=set)
    managers: dict[str, str] = field(default_factory=dict)
    n2f_managers: dict[str, str] = field(default_factory=dict)
