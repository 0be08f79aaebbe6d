"""What a run starts from: both Agresso views, what N2F holds, the seeds, the holds and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, object]
"""A row of an Agresso view: column -> None, str, int, float, Decimal or date (one type a column)."""

Document = dict[str, Any]
"""A JSON object as N2F answers it."""

NOW = datetime(2026, 11, 22, 12, 0, 0)  # noqa: DTZ001  -- the project's own tables hold UTC without zone
"""When the run takes place, UTC, unless the world says otherwise; holds are judged by it."""

USER_COLUMNS = (
    "AdresseEmail", "Prenom", "Nom", "Entreprise", "Fonction", "Role", "Profil", "Manager",
    "Compte_Auxiliaire_Agresso", "Moyen_Paiement_Prof", "Compte_Auxiliaire2", "Matricule", "Centre_Cout",
    "Creation_Vehicule", "Appro_Veh_Adm", "Deduction_Distance_TravDom", "Distance_TravDom", "Devise",
    "langue", "Structure", "Champs_Liaison_SSO", "Droit_Relever_Plafond", "Methode_SSO",
    "Update_Champs_Perso", "Nouveau_Email", "Action", "CompanyID", "LocationID", "DivisionID",
)  # fmt: skip
"""Columns of the view iris_N2F_User (contract, section 2)."""

ANALYTICS_COLUMNS = ("typ", "client", "code", "description", "status", "date_from", "date_to")
"""Columns of the view iris_N2F_Analytics (contract, section 2)."""

ACTIONS = ("create", "update", "delete")


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisScope:
    """One row of the seed of axis scopes: which typ goes to which axis.

    Either `built_in` is the word that stands in the path (`projects`), or `french_name` is the French name of
    the custom axis, which is looked up in each company.
    """

    scope: str
    typ: str
    built_in: str | None = None
    french_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardLimit:
    """A limit that is broken when both numbers are exceeded: percent of what N2F holds, and rows."""

    percent: int
    rows: int


AXIS_SCOPES = (
    AxisScope(scope="projects", typ="PROJECT", built_in="projects"),
    AxisScope(scope="plates", typ="PLAQUE", french_name="plaque"),
    AxisScope(scope="subposts", typ="SUBPOST", french_name="subpost"),
)
DEPARTMENTS = AxisScope(scope="departments", typ="DEPARTMENT", french_name="département")
"""The contract's example of a fourth axis; not among the defaults."""

GUARD_LIMITS = {
    "delete": GuardLimit(percent=10, rows=10),
    "update": GuardLimit(percent=50, rows=50),
    "create": GuardLimit(percent=50, rows=50),
}

PUSH_PRIORITIES = {
    ("users", "delete"): 1,
    ("users", "create"): 2,
    ("users", "update"): 3,
    ("axis_values", "create"): 3,
    ("axis_values", "update"): 3,
    ("axis_values", "delete"): 3,
}
"""Which changes come first when not all fit, the lower number first: leavers, new people, the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds:
    """What staff may edit without touching SQL.

    `not_renames` holds pairs (mail in Agresso, mail in N2F), lower-cased. `not_compared` names fields that
    are sent but not compared: ("users", field) or ("axis_values", field).
    """

    axis_scopes: tuple[AxisScope, ...] = AXIS_SCOPES
    protected_roles: tuple[str, ...] = ("Administrateur",)
    protected_mails: tuple[str, ...] = ()
    not_renames: frozenset[tuple[str, str]] = frozenset()
    not_compared: frozenset[tuple[str, str]] = frozenset()
    guard_limits: dict[str, GuardLimit] = field(default_factory=lambda: dict(GUARD_LIMITS))
    push_priorities: dict[tuple[str, str], int] = field(default_factory=lambda: dict(PUSH_PRIORITIES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment and the command line say. Empty `only_*` and a `scopes` of None mean all."""

    sandbox: bool = False
    sandbox_company: str | None = None
    actions: frozenset[str] = frozenset(ACTIONS)
    scopes: frozenset[str] | None = None
    only_companies: tuple[str, ...] = ()
    only_mails: tuple[str, ...] = ()
    allow_mass: frozenset[str] = frozenset()
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A row of n2f_sync.holds; `held_until` is UTC without zone, None for good."""

    scope: str
    entity_key: str
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One state of everything a run reads.

    `n2f` has the shape {"companies": [...], "roles": [...], "userprofiles": [...], "users": [...], "axes":
    {company_uuid: [...]}, "axis_values": {company_uuid: {axis: [...]}}} with N2F's documents as they are
    answered, in the order in which they are listed; an axis is a custom axis's uuid or the word `projects`.
    """

    agresso_users: list[Row] = field(default_factory=list)
    agresso_analytics: list[Row] = field(default_factory=list)
    n2f: dict[str, Any] = field(default_factory=dict)
    seeds: Seeds = field(default_factory=Seeds)
    settings: Settings = field(default_factory=Settings)
    holds: tuple[Hold, ...] = ()
    now: datetime = NOW
