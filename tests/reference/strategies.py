"""Hypothesis strategies for worlds that are small, nasty and likely to interact.

`worlds`; `guarded_worlds`, which cross the limits; `moving_worlds`, whose changes wait for each other.
Within a world each column of a view has one type, as in a database.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from . import pools
from . import strategies_axes as axes_of
from . import strategies_users as users_of
from .builders import (
    COMPANIES,
    n2f,
    user_doc,
    user_row,
    uuid,
    value_doc,
    value_row,
)
from .strategies_users import sometimes, spelled
from .values import mail_key, text
from .world import (
    ACTIONS,
    AXIS_SCOPES,
    DEPARTMENTS,
    NOW,
    PUSH_PRIORITIES,
    Document,
    Hold,
    Row,
    Seeds,
    Settings,
    World,
)


def _priorities() -> st.SearchStrategy[dict[tuple[str, str], int]]:
    """Draw other priorities, some of them equal."""
    return st.fixed_dictionaries({key: st.integers(-1, 3) for key in PUSH_PRIORITIES})


@st.composite
def settings_and_seeds(draw: DrawFn) -> tuple[Settings, Seeds]:
    """Draw what the environment says, and the seeds."""
    actions = st.sampled_from(
        ({"create", "update"}, {"delete"}, {"update"}, {"create", "delete"}, {"update", "delete"})
    )
    listed_mails = st.lists(
        st.sampled_from(pools.MAILS).flatmap(spelled).map(str.strip), min_size=1, max_size=3
    )
    listed_companies = st.lists(st.sampled_from((*COMPANIES, "??")), min_size=1, max_size=2, unique=True)
    settings = Settings(
        sandbox=draw(sometimes(st.just(True), False, one_in=5)),
        sandbox_company=draw(sometimes(st.sampled_from(("BE", " FR", "??")), None, one_in=3)),
        actions=frozenset(draw(sometimes(actions, ACTIONS, one_in=3))),
        scopes=draw(
            sometimes(st.sampled_from((frozenset({"users"}), frozenset({"projects", "plates"}))), None)
        ),
        only_companies=tuple(draw(sometimes(listed_companies, ()))),
        only_mails=tuple(draw(sometimes(listed_mails, ()))),
        allow_mass=frozenset(draw(sometimes(st.sets(st.sampled_from(ACTIONS)), ()))),
        strict=draw(sometimes(st.just(True), False)),
    )
    pairs = st.frozensets(st.tuples(st.sampled_from(pools.MAILS), st.sampled_from(pools.MAILS)), max_size=6)
    not_compared = st.sampled_from((("users", "lastname"), ("users", "company"), ("axis_values", "names")))
    seeds = Seeds(
        axis_scopes=draw(sometimes(st.just((*AXIS_SCOPES, DEPARTMENTS)), AXIS_SCOPES, one_in=4)),
        protected_roles=draw(sometimes(st.just(("Administrateur", "comptable")), ("Administrateur",))),
        protected_mails=tuple(draw(sometimes(st.lists(st.sampled_from(pools.MAILS), max_size=2), ()))),
        not_renames=draw(sometimes(pairs, frozenset(), one_in=3)),
        not_compared=draw(sometimes(st.frozensets(not_compared, max_size=2), frozenset())),
        push_priorities=draw(sometimes(_priorities(), PUSH_PRIORITIES, one_in=3)),
    )
    return settings, seeds


@st.composite
def _holds(
    draw: DrawFn, rows: list[Row], documents: list[Document], analytics: list[Row]
) -> tuple[Hold, ...]:
    """Draw holds on entities of the world, for good, still or no longer in force."""
    people = [row["AdresseEmail"] for row in rows] + [document["mail"] for document in documents]
    keys = [("users", mail_key(mail)) for mail in people]
    keys += [("projects", f"{text(row['client'])}/{text(row['code'])}") for row in analytics]
    if not keys or not draw(sometimes(st.just(True), False, one_in=4)):
        return ()
    until = st.sampled_from((None, NOW + timedelta(days=3650), NOW - timedelta(days=3650)))
    held = draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))
    return tuple(Hold(scope=scope, entity_key=key, held_until=draw(until)) for scope, key in held)


@st.composite
def worlds(
    draw: DrawFn,
    *,
    hidden_fields: bool = True,
    listed_twice: bool = True,
    shared_keys: bool = True,
    n2f_cycles: bool = True,
) -> World:
    """Draw a small world: up to 8 users a side, up to 7 rows of axis values.

    Each switch leaves out what a stand-in for N2F may not be able to hold: fields that N2F never answers,
    items listed twice, entities of N2F that share a key, and users of N2F who manage each other in a
    circle.
    """
    kinds = {"hidden_fields": hidden_fields, "listed_twice": listed_twice, "shared_keys": shared_keys}
    rows, documents = draw(users_of.users(kinds=kinds))
    if not n2f_cycles and users_of.is_cyclic(documents):
        documents = [document | {"managerMail": ""} for document in documents]
    axes = draw(axes_of.axes_of_companies())
    analytics, values = draw(axes_of.analytics(axes, kinds))
    settings, seeds = draw(settings_and_seeds())
    return World(
        agresso_users=rows,
        agresso_analytics=analytics,
        n2f=n2f(
            documents,
            companies=draw(axes_of.companies()),
            roles=[
                {"names": one}
                for one in draw(sometimes(st.sampled_from(pools.ROLE_LISTS), pools.ROLE_LISTS[0]))
            ],
            userprofiles=[
                {"names": one}
                for one in draw(sometimes(st.sampled_from(pools.PROFILE_LISTS), pools.PROFILE_LISTS[0]))
            ],
            axes=axes,
            axis_values=values,
        ),
        settings=settings,
        seeds=seeds,
        holds=draw(_holds(rows, documents, analytics)),
    )


def _mails(kind: str, count: int) -> list[str]:
    return [f"{kind}{number:02}@example.com" for number in range(count)]


@st.composite
def guarded_worlds(draw: DrawFn) -> World:
    """Draw a world of up to 140 users, plain but many, each guard at, below or over its limit."""
    near_ten = st.sampled_from((0, 1, 9, 10, 11, 12, 15))
    near_fifty = st.sampled_from((0, 1, 2, 49, 50, 51, 52))
    kind = draw(st.sampled_from(("delete", "update", "create")))
    same = draw(st.sampled_from((15, 20, 40, 49, 51, 70)))
    deletes = draw(near_ten if kind == "delete" else st.integers(0, 2))
    updates = draw(near_fifty if kind == "update" else st.integers(0, 2))
    creates = draw(near_fifty if kind == "create" else st.integers(0, 2))
    if kind == "delete" and draw(st.booleans()):
        same = max(0, 10 * deletes - deletes - updates + draw(st.integers(-1, 1)))
    stay, leave, come = _mails("s", same) + _mails("u", updates), _mails("d", deletes), _mails("c", creates)

    everybody = stay + leave
    manager = draw(st.sampled_from((None, *everybody[:1], *leave[:1], *come[:1])))
    rows = [user_row(mail, Nom="New" if mail[0] == "u" else "Lee") for mail in stay + come]
    for row in rows[: draw(st.integers(0, 2))]:
        row["Manager"] = manager
    documents = [user_doc(mail, company=uuid(COMPANIES[0])) for mail in everybody]
    for document in documents[-draw(st.integers(1, 3)) :]:
        document["managerMail"] = documents[0]["mail"] if document is not documents[0] else ""

    kept, gone = draw(st.sampled_from((1, 5, 20, 98, 99))), draw(near_ten)
    analytics = [value_row("PROJECT", "BE", f"K{number}") for number in range(kept)]
    codes = [f"K{number}" for number in range(kept)] + [f"G{number}" for number in range(gone)]
    elsewhere = [f"F{number}" for number in range(draw(st.sampled_from((0, 50))))]
    values = {
        ("BE", "projects"): [value_doc(code) for code in codes],
        ("FR", "projects"): [value_doc(code) for code in elsewhere],
    }
    drawn, seeds = draw(settings_and_seeds())
    held = draw(sometimes(st.sampled_from((*leave, *come, "nobody@example.com")), None, one_in=4))
    is_empty = draw(sometimes(st.just(True), False, one_in=12))
    return World(
        agresso_users=[] if is_empty else rows,
        agresso_analytics=analytics,
        n2f=n2f(documents, values),
        seeds=replace(seeds, not_renames=frozenset()),
        settings=replace(drawn, only_mails=drawn.only_mails and tuple(everybody[:20]), sandbox=False),
        holds=(Hold(scope="users", entity_key=held),) if held else (),
    )


@st.composite
def moving_worlds(draw: DrawFn) -> World:
    """Draw a world whose changes wait for each other: leavers with reports who move to managers who are new."""
    leavers = _mails("l", draw(st.integers(1, 3)))
    movers = _mails("m", draw(st.integers(1, 5)))
    new = _mails("n", draw(st.integers(1, 5)))
    stays = "stays@example.com"
    documents = [user_doc(stays)]
    documents += [
        user_doc(mail, managerMail=draw(st.sampled_from((stays, *leavers)))) for mail in leavers + movers
    ]
    rows = [user_row(stays)]
    rows += [user_row(mail, Manager=draw(st.sampled_from((stays, *new, *movers)))) for mail in movers + new]
    held = draw(sometimes(st.lists(st.sampled_from(new + movers), max_size=2, unique=True), (), one_in=3))
    return World(
        agresso_users=rows,
        n2f=n2f(documents),
        settings=Settings(allow_mass=frozenset(ACTIONS)),
        seeds=Seeds(push_priorities=draw(sometimes(_priorities(), PUSH_PRIORITIES, one_in=3))),
        holds=tuple(Hold(scope="users", entity_key=mail) for mail in held),
    )
