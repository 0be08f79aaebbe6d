"""N2F, as the doctor sees it: a token, one page of companies, the clocks, the quotas.

The calls are made by the client of every run: under the same lock, counted in the same ledger. Each is attempted
once, since what a doctor has to say is how it is now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from loader.answers import MAX_SKEW, ClockDifference
from loader.api import N2FClient
from loader.checkup import Finding, failed, not_checked, ok, problem, warning
from loader.errors import CallError, LockedError, SyncError
from loader.ledger import only_run_of_client
from loader.quota import Kind
from loader.settings import ApiSettings

MOST_SKEW = 60.0
"""Seconds between the clocks, from which on minutes of the quotas are not the same minutes any more."""

_PAGE = 20  # companies that are asked for

_CALLED = ("token", "TLS", "companies", "clock", "quotas")


def examine_n2f(api: ApiSettings | None) -> list[Finding]:
    """Return what N2F came to; None is for settings that say not how to reach it."""
    if api is None:
        return not_checked([*_CALLED, "time zone"], since="the settings for N2F are not right")
    zone = _time_zone(api)
    if api.ledger_dir is None:
        return [*not_checked(_CALLED, since="there is no place for a lock"), zone]
    asked = replace(api, max_attempts=1, page_size=_PAGE)
    try:
        with only_run_of_client(api.ledger_dir, api.base_url, api.client_id), N2FClient(asked) as client:
            return [*_called(client, asked), zone]
    except LockedError:
        return [*not_checked(_CALLED, since="a run calls N2F as this client, and calls are serial"), zone]
    except SyncError as error:
        return [failed("ledger", error), *not_checked(_CALLED, since="calls could not be remembered"), zone]


def _called(client: N2FClient, api: ApiSettings) -> list[Finding]:
    error: CallError | None = None
    try:
        client.authenticate()
        token = ok("token", f"{api.base_url} gives one for this client id and secret")
    except CallError as raised:
        error, token = raised, failed("token", raised)
    tls = _tls(api, error)
    if tls.status == "problem":  # it is the reason, and has the better remedy
        (token,) = not_checked(["token"], since="there is no secure connection")
    findings = [token, tls]
    if error is None:
        findings.append(_companies(client))
    else:
        findings += not_checked(["companies"], since="there is no token")
    return [*findings, *_clock(client.stats.clock_difference), *_quotas(client)]


def _tls(api: ApiSettings, error: CallError | None) -> Finding:
    if not api.base_url.startswith("https:"):
        return ok("TLS", "plain http, to this machine itself")
    if error is None or error.http_status is not None:
        return ok("TLS", "the certificate of the server was checked and is accepted")
    if "certificate" in error.message.lower():
        return problem(
            "TLS",
            error.message,
            "Where a proxy opens the connection, set REQUESTS_CA_BUNDLE to a file with its authority's certificate.",
        )
    return not_checked(["TLS"], since="there was no answer")[0]


def _companies(client: N2FClient) -> Finding:
    """Read one page, which shows that the token is taken."""
    try:
        page = next(client.get_pages("companies", paged=True), [])
    except CallError as error:
        return failed("companies", error)
    if not page:
        return warning(
            "companies", "N2F shows none", "Ask N2F what this client may see: nothing can be sent."
        )
    return ok(
        "companies", f"the token is taken; N2F shows {len(page)}{' or more' if len(page) == _PAGE else ''}"
    )


def _clock(difference: ClockDifference | None) -> list[Finding]:
    """Judge what the clocks differ by for certain; `Date` is in whole seconds, and an answer takes its time."""
    if difference is None:
        return not_checked(["clock"], since="no answer said the time")
    certain = max(abs(difference.seconds) - difference.error, 0.0)
    direction = "behind" if difference.seconds > 0 else "ahead of"
    if certain <= MAX_SKEW:
        return [ok("clock", f"N2F's is the same within {abs(difference.seconds) + difference.error:.1f} s")]
    says = f"this machine's is {abs(difference.seconds):.0f} s {direction} N2F's (± {difference.error:.1f} s)"
    remedy = "Switch on time synchronisation (`timedatectl set-ntp true`; on Windows `w32tm /resync`)."
    return [(problem if certain > MOST_SKEW else warning)("clock", says, remedy)]


def _quotas(client: N2FClient) -> list[Finding]:
    kinds: tuple[Kind, Kind] = ("read", "write")
    parts = []
    for kind in kinds:
        limit, left = client.pacer.left(kind)
        parts.append(f"{kind}s without limit" if limit is None else f"{left} of {limit} {kind}s left")
    return [ok("quotas", f"of the last 60 seconds: {', '.join(parts)}")]


def _time_zone(api: ApiSettings) -> Finding:
    now = datetime.now(UTC).astimezone(ZoneInfo(api.quota.timezone))
    return ok("time zone", f"{api.quota.timezone}, where it is {now:%H:%M}")
