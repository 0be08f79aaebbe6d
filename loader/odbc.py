"""The connection string of SQL Server for the two logins that need nothing of dbt: of SQL Server, and of Windows.

It is the very one that dbt-sqlserver makes, whose own function costs importing dbt, two seconds; a test compares them.
What else a profile can say (Entra, another backend, a trace) is left to that function, and so is all that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any


def connection_string(target: Mapping[str, Any]) -> str | None:
    """Return it, with its password; None where dbt-sqlserver has to be asked.

    Args:
        target: what `Project.target` returned, of an output of type sqlserver.
    """
    needed = [target.get(name) for name in ("driver", "host", "database", "schema")]
    flags = [target.get(name) for name in ("encrypt", "trust_cert")]
    is_plain = (
        target.get("authentication") == "sql"
        and target.get("backend", "pyodbc") == "pyodbc"
        and not target.get("trace_flag")
    )
    if not is_plain or not all(isinstance(text, str) and text.strip() for text in needed) or None in flags:
        return None
    if target.get("windows_login"):
        login = ["Trusted_Connection=yes"]
    else:
        login = [f"UID={_braced(target.get('UID'))}", f"PWD={_braced(target.get('PWD'))}"]
    driver = str(target["driver"])
    return ";".join(
        [
            f"DRIVER={driver if driver.startswith('{') and driver.endswith('}') else f'{{{driver}}}'}",
            f"SERVER={_server(str(target['host']).strip(), target.get('port'))}",
            f"Database={target['database']}",
            *login,
            f"encrypt={_yes_or_no(target['encrypt'])}",
            f"TrustServerCertificate={_yes_or_no(target['trust_cert'])}",
            f"APP=dbt-sqlserver/{version('dbt-sqlserver')}",
            "Pooling=true",
            "SQL_ATTR_TRACE=SQL_OPT_TRACE_OFF",
            "ConnectRetryCount=3",
            "ConnectRetryInterval=10",
        ]
    )


def _server(host: str, port: int | None) -> str:
    """A named instance listens on a port that the server's browser service knows."""
    return f"{host},{port}" if port and "\\" not in host else host


def _braced(text: str | None) -> str:
    """Return a value of which no character means anything to the driver."""
    return "{" + (text or "").replace("}", "}}") + "}"


def _yes_or_no(flag: object) -> str:
    return "Yes" if flag else "No"
