"""The state of an N2F: companies, roles, profiles, users, axes and their values, and what it refuses."""

from collections.abc import Mapping
from typing import Any

from demo.documents import Documents, JsonObject, RefusedError, trim
from demo.names import Names
from demo.payloads import check_axis_value, check_user
from demo.users import Users

PROJECTS = "projects"

_IN_USE = ("open_reports", "used_values")
_DOCUMENTS = ("companies", "roles", "userprofiles", "users")
_LISTS = (*_DOCUMENTS, *_IN_USE)
_OBJECTS = ("axes", "axis_values")


class World:
    """An N2F as data: made from a JSON-able dict, read and written by calls, and dumped to such a dict again.

    Documents are kept and answered as they were given, whatever fields they have. The dict has the lists
    `companies`, `roles`, `userprofiles`, `users`; `axes` (company uuid to list) and `axis_values` (company
    uuid to axis to list, the axis being a custom axis's uuid or `projects`); and, to be refused when deleted,
    `open_reports` (mails) and `used_values` (lists of company uuid, axis, code). What is absent is empty.
    """

    def __init__(self, state: Mapping[str, Any]) -> None:
        _check_shape(state)
        self.companies: list[JsonObject] = list(state.get("companies", []))
        self.roles = Names(state.get("roles", []))
        self.profiles = Names(state.get("userprofiles", []))
        self.users = Users(state.get("users", []), open_reports=state.get("open_reports", []))
        self.axes: dict[str, list[JsonObject]] = dict(state.get("axes", {}))
        self._used = {(company, axis, trim(code)) for company, axis, code in state.get("used_values", [])}
        self._in_use = {name: state[name] for name in _IN_USE if name in state}
        self._company_uuids = {company.get("uuid") for company in self.companies}
        self._axis_values = {
            (company, axis): Documents(documents, field="code", key=trim)
            for company, axes in state.get("axis_values", {}).items()
            for axis, documents in axes.items()
        }

    def to_json(self) -> JsonObject:
        """The dict that would make this world again."""
        axis_values: dict[str, dict[str, list[JsonObject]]] = {}
        for (company, axis), documents in self._axis_values.items():
            axis_values.setdefault(company, {})[axis] = documents.as_list()
        return {
            "companies": self.companies,
            "roles": self.roles.documents,
            "userprofiles": self.profiles.documents,
            "users": self.users.documents.as_list(),
            "axes": self.axes,
            "axis_values": axis_values,
            **self._in_use,
        }

    def list_users(self, start: int, limit: int, culture: str | None) -> list[JsonObject]:
        """A page of users, their role and profile by the names of a culture where there are such names."""
        page = self.users.documents.as_list()[start : start + limit]
        if culture is None:
            return page
        return [self._in_culture(document, culture) for document in page]

    def list_axes(self, company: str) -> list[JsonObject]:
        """The custom axes of a company.

        Raises:
            RefusedError: 404 for an unknown company.
        """
        if company not in self._company_uuids:
            raise RefusedError(404, "no such company")
        return self.axes.get(company, [])

    def list_axis_values(self, company: str, axis: str) -> list[JsonObject]:
        """The values of an axis.

        Raises:
            RefusedError: 404 for an unknown company or axis.
        """
        return self._values_of(company, axis).as_list()

    def post_user(self, payload: object) -> str | None:
        """Create or update a user; returns the uuid of a created one.

        Raises:
            RefusedError: 400 for a body of another shape; 422 for an unknown company, manager, role or
                profile, or a management cycle.
        """
        document = check_user(payload)
        if document["company"] not in self._company_uuids:
            raise RefusedError(422, "the company is unknown")
        if document["role"] not in self.roles:
            raise RefusedError(422, "the role is unknown")
        if document["profile"] not in self.profiles:
            raise RefusedError(422, "the profile is unknown")
        return self.users.upsert(document)

    def post_axis_value(self, company: str, axis: str, payload: object) -> bool:
        """Create or update a value of an axis; an update keeps the spelling of the code and fields not sent.

        Returns:
            Whether the value is new.

        Raises:
            RefusedError: 400 for a body of another shape, 404 for an unknown company or axis, 422 for no
                code.
        """
        values = self._values_of(company, axis)
        document = check_axis_value(payload)
        code = trim(document["code"])
        if not code:
            raise RefusedError(422, "the code is empty")
        entry = values.find(document["code"])
        if entry is None:
            values.add({**document, "code": code})
            self._axis_values[company, axis] = values
        else:
            values.replace(entry, {**entry.document, **document, "code": entry.document["code"]})
        return entry is None

    def delete_axis_value(self, company: str, axis: str, code: str) -> None:
        """Take a value away.

        Raises:
            RefusedError: 404 for an unknown company, axis or code, 409 for a value that an open report uses.
        """
        values = self._values_of(company, axis)
        entry = values.find(code)
        if entry is None:
            raise RefusedError(404, "no such value")
        if (company, axis, trim(code)) in self._used:
            raise RefusedError(409, "the value is in use")
        values.remove(entry)

    def _values_of(self, company: str, axis: str) -> Documents:
        axes = self.list_axes(company)
        if axis != PROJECTS and all(document.get("uuid") != axis for document in axes):
            raise RefusedError(404, "no such axis")
        values = self._axis_values.get((company, axis))
        return Documents(field="code", key=trim) if values is None else values

    def _in_culture(self, document: JsonObject, culture: str) -> JsonObject:
        named = {"role": self.roles, "profile": self.profiles}
        told = {
            field: names.in_culture(document[field], culture)
            for field, names in named.items()
            if field in document
        }
        return {**document, **told}


def _check_shape(state: Mapping[str, Any]) -> None:
    unknown = state.keys() - {*_LISTS, *_OBJECTS}
    wrong = [name for name in _LISTS if not isinstance(state.get(name, []), list)]
    wrong += [name for name in _OBJECTS if not isinstance(state.get(name, {}), dict)]
    if unknown or wrong:
        raise ValueError(f"a world has no {sorted(unknown)}, and {wrong} are of another type")
    for name in _DOCUMENTS:
        if not all(isinstance(document, dict) for document in state.get(name, [])):
            raise ValueError(f"{name} are not all JSON objects")
