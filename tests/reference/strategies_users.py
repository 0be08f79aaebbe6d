"""Hypothesis strategies for the users of both sides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from . import pools
from .builders import (
    COMPANIES,
    MISSING,
    user_doc,
    user_row,
    uuid,
)
from .world import Document, Row


def sometimes(rarely: SearchStrategy[Any], usual: Any, *, one_in: int = 8) -> SearchStrategy[Any]:
    """Give the usual value, and one time in so many another one."""
    return st.integers(0, one_in - 1).flatmap(lambda n: rarely if n == one_in - 1 else st.just(usual))


def spelled(text: str) -> SearchStrategy[str]:
    """Give a mail as people type it."""
    return st.sampled_from((text, text, text.upper(), text.capitalize(), f"  {text}", f"{text} "))


def plain_number(number: object) -> object:
    """Spell an employee number as N2F would hold it, for the numbers of the pools."""
    return number if isinstance(number, str) else format(Decimal(str(number)), ".5f").rstrip("0").rstrip(".")


@st.composite
def _agresso_user(draw: DrawFn, mail: object, manager: object, types: dict[str, Any], place: int) -> Row:
    """Draw a row: the default one with some columns changed."""
    row = user_row(mail, Entreprise=COMPANIES[place % 3], Manager=manager)
    row |= dict(draw(st.lists(st.sampled_from(pools.USER_PAIRS), max_size=3)))
    if types["booleans"] == "int":
        row |= {column: draw(st.sampled_from((None, 0, 1, 1, 2))) for column in pools.BOOLEAN_COLUMNS[:2]}
    elif draw(st.booleans()):
        row[draw(st.sampled_from(pools.BOOLEAN_COLUMNS))] = draw(st.sampled_from(pools.BOOLEAN_TEXTS))
    if draw(st.booleans()):
        row["Matricule"] = draw(st.sampled_from(pools.USER_NUMBERS[types["number"]]))
    return row


@st.composite
def _n2f_user(draw: DrawFn, mail: str, manager: object, hidden: frozenset[str], place: int) -> Document:
    """Draw a document: in step with the default row, some fields changed; `hidden` fields are left out."""
    fields: dict[str, Any] = {"company": uuid(COMPANIES[place % 3]), "managerMail": manager}
    fields |= dict(draw(st.lists(st.sampled_from(pools.DOCUMENT_PAIRS), max_size=3)))
    if draw(st.booleans()):
        fields["employeeNumber"] = draw(st.sampled_from(pools.N2F_NUMBERS))
    return user_doc(draw(spelled(mail)), **fields | dict.fromkeys(hidden, MISSING), uuid=uuid(f"user {mail}"))


def _manager(mails: list[str], usual: str | None) -> SearchStrategy[object]:
    """Mostly the usual manager, or somebody else of the pool; at times nobody."""
    somebody = st.sampled_from(mails).flatmap(spelled)
    return st.one_of(st.just(usual), st.just(usual), somebody, st.sampled_from(pools.NO_MANAGERS))


@st.composite
def users(draw: DrawFn, *, kinds: dict[str, bool]) -> tuple[list[Row], list[Document]]:
    """Draw both sides' users over one pool of mails."""
    mails = draw(st.lists(st.sampled_from(pools.MAILS), min_size=2, max_size=6, unique=True))
    types = {"number": draw(st.sampled_from(list(pools.USER_NUMBERS))),
             "booleans": draw(st.sampled_from(("text", "text", "int")))}  # fmt: skip
    hidden: frozenset[str] = frozenset()
    if kinds["hidden_fields"]:
        fields = st.frozensets(st.sampled_from(pools.HIDEABLE_USER_FIELDS), min_size=1, max_size=2)
        hidden = draw(sometimes(fields, frozenset(), one_in=5))
    rows: list[Row] = []
    documents: list[Document] = []
    for place, mail in enumerate(mails):
        usual = draw(st.sampled_from((None, None, *mails)))
        sides = draw(st.sampled_from(("both", "both", "both", "agresso", "agresso", "n2f", "n2f")))
        if sides != "n2f":
            manager = draw(_manager(mails, usual))
            rows.append(draw(_agresso_user(draw(spelled(mail)), manager, types, place)))
        if sides != "agresso":
            held = draw(_manager(mails, usual))
            documents.append(draw(_n2f_user(mail, held, hidden, place)))
    if rows and draw(sometimes(st.just(True), False, one_in=4)):
        again = dict(draw(st.sampled_from(rows)))
        again["AdresseEmail"] = draw(spelled(str(again["AdresseEmail"])))
        rows.append(again | dict(draw(st.lists(st.sampled_from(pools.USER_PAIRS), max_size=1))))
    if draw(sometimes(st.just(True), False, one_in=5)):
        bad = draw(st.sampled_from(pools.BAD_MAILS))
        rows.append(draw(_agresso_user(bad, None, types, 0)))
    if rows and documents and draw(sometimes(st.just(True), False, one_in=3)):
        number = draw(st.sampled_from(pools.USER_NUMBERS[types["number"]][1:]))
        shown = draw(st.sampled_from((7, "7", " 7", "70", "8"))) if number is None else plain_number(number)
        for row in draw(st.lists(st.sampled_from(rows), min_size=1, max_size=2)):
            row["Matricule"] = number
        for document in draw(st.lists(st.sampled_from(documents), min_size=1, max_size=2)):
            if "employeeNumber" not in hidden:
                document["employeeNumber"] = shown
    documents += draw(_extra_documents(documents, kinds))
    if not draw(sometimes(st.just(False), True, one_in=20)):
        rows = []
    return draw(st.permutations(rows)), documents


@st.composite
def _extra_documents(draw: DrawFn, documents: list[Document], kinds: dict[str, bool]) -> list[Document]:
    """Draw a user listed twice (same uuid), or another one with the same key (another uuid)."""
    extra: list[Document] = []
    if documents and kinds["listed_twice"] and draw(sometimes(st.just(True), False, one_in=6)):
        extra.append(draw(st.sampled_from(documents)) | {"lastname": "Later"})
    if documents and kinds["shared_keys"] and draw(sometimes(st.just(True), False, one_in=6)):
        one = draw(st.sampled_from(documents))
        mail = one["mail"]
        other = mail.swapcase() if mail.swapcase().lower() == mail.lower() else f" {mail} "
        extra.append(one | {"mail": other, "uuid": uuid(f"other {mail}")})
    return extra


def is_cyclic(documents: list[Document]) -> bool:
    managers = {
        d["mail"].strip(" ").lower(): str(d.get("managerMail") or "").strip(" ").lower() for d in documents
    }
    for start, manager in managers.items():
        key, steps = manager, 0
        while key in managers and key != start and steps <= len(managers):
            key, steps = managers[key], steps + 1
        if key == start:
            return True
    return False
