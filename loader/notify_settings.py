"""Where and when a run sends word of how it ended; off until a webhook or a mailbox is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import urlsplit

from loader.config import is_loopback
from loader.errors import ConfigurationError

EVENTS = ("failure", "guard", "incomplete", "recovery")
"""Exit code 1; 4; 3; and the first 0 after one of these that word was sent of."""

WEBHOOK_FORMATS = ("json", "slack", "teams")

_SUBMISSION = 587


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that takes a POST. It holds a secret: it is never shown."""

    url: str = field(repr=False)
    format: str

    @property
    def host(self) -> str:
        """What may be said of it."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where e-mail goes, and the server that takes it."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    is_starttls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """All of it.

    Attributes:
        events: of `EVENTS`, those that word is sent of.
        is_told_of_dry_runs: also of runs that send no change: `--dry-run`, `plan` and `snapshot`.
    """

    webhook: Webhook | None = None
    mailbox: Mailbox | None = None
    events: frozenset[str] = frozenset(EVENTS)
    is_told_of_dry_runs: bool = False


def load_notify_settings(env: Mapping[str, str]) -> NotifySettings:
    """Return them, from what `read_environment` returned; raises ConfigurationError."""
    return NotifySettings(
        webhook=_webhook(env),
        mailbox=_mailbox(env),
        events=_events(env),
        is_told_of_dry_runs=_boolean(env, "N2F_SYNC_NOTIFY_DRY_RUNS", False),
    )


def _webhook(env: Mapping[str, str]) -> Webhook | None:
    name = "N2F_SYNC_WEBHOOK_URL"
    url = env.get(name, "").strip()
    shape = env.get("N2F_SYNC_WEBHOOK_FORMAT", "").strip().lower() or "json"
    if shape not in WEBHOOK_FORMATS:
        raise _wrong(
            "N2F_SYNC_WEBHOOK_FORMAT", f"is {shape[:80]!r}", f"Set it to {_one_of(WEBHOOK_FORMATS)}."
        )
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in {"http", "https"} or not url.isprintable() or " " in url:
        raise _wrong(
            name, "is no URL that begins with https://", "Copy it from Teams, Slack or your own receiver."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise _wrong(name, "is http, which anybody on the way can read and answer", "Use its https address.")
    return Webhook(url=url, format=shape)


def _mailbox(env: Mapping[str, str]) -> Mailbox | None:
    needed = ("N2F_SYNC_MAIL_TO", "N2F_SYNC_MAIL_FROM", "N2F_SYNC_SMTP_HOST")
    found = {name: env.get(name, "").strip() for name in needed}
    if not any(found.values()):
        return None
    if missing := [name for name, text in found.items() if not text]:
        raise _wrong(
            " and ".join(missing), "is not set, and e-mail needs it", f"Set all of {', '.join(needed)}."
        )
    host = found["N2F_SYNC_SMTP_HOST"]
    user = env.get("N2F_SYNC_SMTP_USER", "").strip() or None
    password = env.get("N2F_SYNC_SMTP_PASSWORD", "").strip() or None
    if (user is None) is not (password is None):
        raise _wrong(
            "N2F_SYNC_SMTP_USER",
            "and N2F_SYNC_SMTP_PASSWORD need each other",
            "Set both of them, or neither.",
        )
    is_starttls = _boolean(env, "N2F_SYNC_SMTP_STARTTLS", True)
    if password is not None and not is_starttls and not is_loopback(host):
        raise _wrong(
            "N2F_SYNC_SMTP_STARTTLS",
            "is false, which would send the password in clear text",
            "Set it to true.",
        )
    port = env.get("N2F_SYNC_SMTP_PORT", "").strip() or str(_SUBMISSION)
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 2**16):
        raise _wrong("N2F_SYNC_SMTP_PORT", f"is {port[:80]!r}", "Set it to a port number; 587 is usual.")
    return Mailbox(
        to=tuple(
            _address("N2F_SYNC_MAIL_TO", text)
            for text in found["N2F_SYNC_MAIL_TO"].split(",")
            if text.strip()
        ),
        sender=_address("N2F_SYNC_MAIL_FROM", found["N2F_SYNC_MAIL_FROM"]),
        host=host,
        port=int(port),
        user=user,
        password=password,
        is_starttls=is_starttls,
    )


def _events(env: Mapping[str, str]) -> frozenset[str]:
    name = "N2F_SYNC_NOTIFY_ON"
    text = env.get(name, "").strip()
    names = frozenset(word.strip().lower() for word in text.split(",") if word.strip())
    if text and (not names or not names <= set(EVENTS)):
        raise _wrong(
            name, f"is {text[:80]!r}", f"Set it to some of {', '.join(EVENTS)}, by comma, or unset it."
        )
    return names or frozenset(EVENTS)


def _address(name: str, text: str) -> str:
    try:
        return Address(addr_spec=text.strip()).addr_spec
    except (ValueError, IndexError, AttributeError, MessageError):  # what the parser raises of odd text
        raise _wrong(
            name, "holds something that is no mail address", "Write it like sync@example.com."
        ) from None


def _boolean(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    words = {"": default, "true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text not in words:
        raise _wrong(name, f"is {text[:80]!r}", f"Set {name} to true or false, or unset it.")
    return words[text]


def _one_of(names: tuple[str, ...]) -> str:
    return f"one of {', '.join(names)}"


def _wrong(name: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} {problem}", doing="reading the settings", remedy=remedy, variables=[name]
    )
