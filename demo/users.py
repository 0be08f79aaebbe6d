"""The users of the demo's N2F, and who manages whom."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from itertools import count

from demo.documents import Documents, JsonObject, RefusedError, mail_key, trim

_FIRST_NEW_NUMBER = 5_000_001


class Users:
    """Users by mail. Reports are counted by manager, so that no write looks through all users."""

    def __init__(self, documents: Iterable[JsonObject], *, open_reports: Iterable[str]) -> None:
        self.documents = Documents(documents, field="mail", key=mail_key)
        self._open_reports = {mail_key(mail) for mail in open_reports}
        listed = self.documents.as_list()
        self._report_counts = Counter(_manager_of(document) for document in listed)
        known = {document.get("uuid") for document in listed}
        numbers = (b64encode(str(number).encode()).decode() for number in count(_FIRST_NEW_NUMBER))
        self._new_uuids = (uuid for uuid in numbers if uuid not in known)

    def upsert(self, payload: JsonObject) -> str | None:
        """Create or update the user of a mail; an update keeps uuid, spelling of mail and fields not sent.

        Returns:
            The uuid of a created user, None after an update.

        Raises:
            RefusedError: 422 for an empty mail or a manager that cannot be.
        """
        mail = payload["mail"]
        if not mail_key(mail):
            raise RefusedError(422, "the mail is empty")
        self._check_manager(mail_key(mail), mail_key(payload["managerMail"]))
        entry = self.documents.find(mail)
        if entry is None:
            uuid = next(self._new_uuids)
            document = {"uuid": uuid, **payload, "mail": trim(mail)}
            self.documents.add(document)
        else:
            uuid = None
            document = {**entry.document, **payload, "mail": entry.document["mail"]}
            self.documents.replace(entry, document)
            self._report_counts[_manager_of(entry.document)] -= 1
        self._report_counts[_manager_of(document)] += 1
        return uuid

    def delete(self, mail: str) -> None:
        """Take a user away.

        Raises:
            RefusedError: 404 when there is none, 409 when it manages others or has open expense reports.
        """
        entry = self.documents.find(mail)
        if entry is None:
            raise RefusedError(404, "no such user")
        key = mail_key(mail)
        manager = _manager_of(entry.document)
        if self._report_counts[key] > (manager == key):
            raise RefusedError(409, "the user still manages others")
        if key in self._open_reports:
            raise RefusedError(409, "the user has open expense reports")
        self.documents.remove(entry)
        self._report_counts[manager] -= 1

    def _check_manager(self, mail: str, manager: str) -> None:
        if manager and manager not in self.documents:
            raise RefusedError(422, "the manager is unknown")
        seen: set[str] = set()
        while manager and manager not in seen:
            if manager == mail:
                raise RefusedError(422, "the manager would make a management cycle")
            seen.add(manager)
            entry = self.documents.find(manager)
            manager = _manager_of(entry.document) if entry else ""


def _manager_of(document: JsonObject) -> str:
    return mail_key(document.get("managerMail"))
