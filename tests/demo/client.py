"""A bare client of the demo's N2F, and small documents to send it."""

from typing import Any

import requests

from demo.harness import DemoN2F

COMPANY = "MTAwMDAwMQ=="
AXIS = "MzAwMDAxMQ=="


class Client:
    """One session with a token; paths are sent as they are given, already encoded."""

    def __init__(self, n2f: DemoN2F) -> None:
        self.n2f = n2f
        self.session = requests.Session()
        self.authenticate()

    def authenticate(self) -> dict[str, str]:
        """Get a token, use it from now on, and return what was told about it."""
        sent = {"client_id": self.n2f.client_id, "client_secret": self.n2f.client_secret}
        told: dict[str, str] = self.session.post(self.n2f.base_url + "auth", json=sent).json()["response"]
        self.session.headers["Authorization"] = f"Bearer {told['token']}"
        return told

    def get(self, path: str, **options: Any) -> requests.Response:
        """Read a list."""
        return self.session.get(self.n2f.base_url + path, **options)

    def post(self, path: str, document: object, **options: Any) -> requests.Response:
        """Create or update."""
        return self.session.post(self.n2f.base_url + path, json=document, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        """Delete."""
        return self.session.delete(self.n2f.base_url + path, **options)


def make_user(mail: str, manager: str = "", **fields: object) -> dict[str, object]:
    user: dict[str, object] = {
        "mail": mail,
        "firstname": "Ada",
        "lastname": "Épousel",
        "jobTitle": "",
        "employeeNumber": "",
        "accountingAuxiliaryAccount": "",
        "company": COMPANY,
        "role": "Utilisateur",
        "profile": "Standard",
        "managerMail": manager,
        "canCreateVehicle": "Non",
        "personnalCarHaveToBeApproved": False,
        "removeHomeWorkDistance": True,
        "gotProPayment": False,
        "canRaiseLimits": False,
        "culture": "fr",
        "currencyIsoCode": "EUR",
        "structure": "L3",
        "authMode": "Sso",
    }
    return user | fields


def make_value(code: str, text: str = "Fourgon", **fields: object) -> dict[str, object]:
    names = [{"culture": culture, "value": text} for culture in ("fr", "nl")]
    return {"code": code, "names": names, "validityDateFrom": None, "validityDateTo": None} | fields


def named(**names: str) -> dict[str, object]:
    return {"names": [{"culture": culture, "value": value} for culture, value in names.items()]}


def make_world(**parts: object) -> dict[str, Any]:
    world: dict[str, Any] = {
        "companies": [{"uuid": COMPANY, "code": "FIC", "name": "Atelier Fictis"}],
        "roles": [named(fr="Utilisateur", nl="Gebruiker"), named(fr="Auditeur", en="Auditor")],
        "userprofiles": [named(fr="Standard", nl="Standaard")],
        "users": [],
        "axes": {COMPANY: [{"uuid": AXIS, **named(fr="Plaque")}]},
        "axis_values": {},
    }
    return world | parts
