"""The environment variables of the log, metrics and notifications; part of `variables`."""

from __future__ import annotations

from loader.variable import Group, Variable

LOG = Group(
    title="The log and metrics",
    variables=(
        Variable(
            name="N2F_SYNC_LOG_FORMAT",
            meaning="`text`, or `json` for a JSON object a line: [operations.md](../operations.md#the-log)",
            kind="text",
            default="text",
        ),
        Variable(
            name="N2F_SYNC_METRICS_FILE",
            meaning="where metrics are written for Prometheus: [operations.md](../operations.md#prometheus)",
            kind="path",
            unset="nowhere",
        ),
    ),
)

NOTIFICATIONS = Group(
    title="Notifications",
    variables=(
        Variable(
            name="N2F_SYNC_WEBHOOK_URL",
            meaning="where word is sent of how a run ended; https, but for this machine itself",
            kind="URL",
            unset="off",
            is_secret=True,
        ),
        Variable(
            name="N2F_SYNC_WEBHOOK_FORMAT", meaning="`json`, `slack` or `teams`", kind="text", default="json"
        ),
        Variable(name="N2F_SYNC_MAIL_TO", meaning="who gets an e-mail", kind="list", unset="off"),
        Variable(name="N2F_SYNC_MAIL_FROM", meaning="from whom it comes", kind="text", unset="off"),
        Variable(name="N2F_SYNC_SMTP_HOST", meaning="the mail server", kind="text", unset="off"),
        Variable(name="N2F_SYNC_SMTP_PORT", meaning="its port", kind="whole number", default="587"),
        Variable(name="N2F_SYNC_SMTP_USER", meaning="a login there", kind="text", unset="none"),
        Variable(
            name="N2F_SYNC_SMTP_PASSWORD",
            meaning="its password",
            kind="text",
            unset="none",
            is_secret=True,
        ),
        Variable(
            name="N2F_SYNC_SMTP_STARTTLS",
            meaning="encrypt the connection; needed with a password",
            kind="yes or no",
            default="true",
        ),
        Variable(
            name="N2F_SYNC_NOTIFY_ON",
            meaning="what word is sent of",
            kind="list",
            default="failure,guard,incomplete,recovery",
        ),
        Variable(
            name="N2F_SYNC_NOTIFY_DRY_RUNS",
            meaning="tell of `--dry-run`, `plan` and `snapshot` too",
            kind="yes or no",
            default="false",
        ),
    ),
)
