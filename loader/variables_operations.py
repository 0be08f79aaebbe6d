"""The variables that say what a run tells, and to whom; see `variables`."""

from __future__ import annotations

from loader.variable import Group, Variable

OPERATIONS = Group(
    title="What a run tells",
    variables=(
        Variable(
            name="N2F_SYNC_LOG_FORMAT",
            meaning="form of the log: `text` or `json`",
            kind="text",
            default="text",
        ),
        Variable(
            name="N2F_SYNC_METRICS_FILE",
            meaning="where metrics are written for Prometheus's node exporter",
            kind="path",
            unset="nowhere",
        ),
        Variable(
            name="N2F_SYNC_WEBHOOK_URL",
            meaning="where word is sent of how a run ended; https, but for this machine itself",
            kind="URL",
            unset="off",
            is_secret=True,
        ),
        Variable(
            name="N2F_SYNC_WEBHOOK_FORMAT",
            meaning="what its receiver takes: `json`, `slack` or `teams`",
            kind="text",
            default="json",
        ),
        Variable(name="N2F_SYNC_MAIL_TO", meaning="mails that word is sent to", kind="list", unset="off"),
        Variable(name="N2F_SYNC_MAIL_FROM", meaning="the mail it is sent from", kind="text", unset="off"),
        Variable(name="N2F_SYNC_SMTP_HOST", meaning="the mail server", kind="text", unset="off"),
        Variable(name="N2F_SYNC_SMTP_PORT", meaning="its port", kind="whole number", default="587"),
        Variable(name="N2F_SYNC_SMTP_USER", meaning="who logs in there", kind="text", unset="nobody"),
        Variable(
            name="N2F_SYNC_SMTP_PASSWORD",
            meaning="the password",
            kind="text",
            unset="no login",
            is_secret=True,
        ),
        Variable(
            name="N2F_SYNC_SMTP_STARTTLS",
            meaning="whether the connection has to be encrypted",
            kind="yes or no",
            default="true",
        ),
        Variable(
            name="N2F_SYNC_NOTIFY_ON",
            meaning="of `failure`, `guard`, `incomplete`, `recovery`",
            kind="list",
            unset="all",
        ),
        Variable(
            name="N2F_SYNC_NOTIFY_DRY_RUNS",
            meaning="tell of `--dry-run`, `plan` and `snapshot` too",
            kind="yes or no",
            default="false",
        ),
    ),
)
