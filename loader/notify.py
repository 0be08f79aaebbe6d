"""Sends word of how a run ended: one POST, one e-mail. That it cannot be sent is a warning and changes nothing.

apprise was looked at: it knows 130 services, of which three are wanted here, brings six packages, and neither refuses
redirects nor says why something was not sent. The session is that of the transport, so that `requests` has one owner;
its errors are OSErrors.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http import HTTPStatus
from typing import Any

from loader.notice import Notice
from loader.notify_settings import Mailbox, NotifySettings, Webhook
from loader.transport import new_session

logger = logging.getLogger(__name__)

_SECONDS = 15.0
"""For a connection, and for each answer: a run must not hang at its very end."""


def send(notice: Notice, settings: NotifySettings) -> None:
    """Send it wherever the settings say, once, without a second attempt."""
    if settings.webhook is not None:
        webhook = settings.webhook
        _tried(lambda: _post(notice, webhook), f"the webhook at {webhook.host}")
    if settings.mailbox is not None:
        mailbox = settings.mailbox
        _tried(lambda: _mail(notice, mailbox), f"the mail server {mailbox.host}")


def _tried(action: Callable[[], str | None], where: str) -> None:
    """Do it; whatever goes wrong becomes a warning that shows neither an address nor a secret."""
    try:
        problem = action()
    except (OSError, ValueError) as error:
        problem = type(error).__name__
    except KeyboardInterrupt:
        problem = "interrupted"
    if problem is not None:
        logger.warning("no word of this run could be sent to %s: %s", where, problem)


def _post(notice: Notice, webhook: Webhook) -> str | None:
    with (
        new_session(webhook.url) as session,
        session.post(
            webhook.url,
            json=body_of(notice, webhook.format),
            timeout=_SECONDS,
            allow_redirects=False,
            stream=True,  # what it answers is of no interest
        ) as response,
    ):
        status = response.status_code
    is_taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    return None if is_taken else f"it answered {status}"


def body_of(notice: Notice, shape: str) -> dict[str, Any]:
    """Return the JSON that a receiver of this kind takes."""
    if shape == "slack":
        return {"text": f"*{notice.title}*\n{notice.text}"}
    if shape == "teams":
        blocks = [{"type": "TextBlock", "text": notice.title, "weight": "Bolder", "wrap": True}]
        blocks += [{"type": "TextBlock", "text": line, "wrap": True} for line in notice.lines]
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
        }
        content_type = "application/vnd.microsoft.card.adaptive"
        return {"type": "message", "attachments": [{"contentType": content_type, "content": card}]}
    return {"title": notice.title, "text": notice.text, **notice.fields}


def _mail(notice: Notice, mailbox: Mailbox) -> None:
    message = EmailMessage()
    message["Subject"] = notice.title
    message["From"] = mailbox.sender
    message["To"] = ", ".join(mailbox.to)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=mailbox.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text + "\n")
    with smtplib.SMTP(mailbox.host, mailbox.port, timeout=_SECONDS) as server:
        if mailbox.is_starttls:
            server.starttls(context=ssl.create_default_context())
        if mailbox.user is not None and mailbox.password is not None:
            server.login(mailbox.user, mailbox.password)
        server.send_message(message)
