"""The environment variables of the database; part of `variables`."""

from __future__ import annotations

from loader.variable import Group, Variable

DATABASE = Group(
    title="The database",
    variables=(
        Variable(
            name="N2F_SYNC_TARGET",
            meaning="`duckdb`, the embedded database, or `sqlserver`",
            kind="text",
            default="duckdb",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_DUCKDB_PATH",
            meaning="the embedded database's file; relative paths start from the project",
            kind="path",
            default="n2f.duckdb",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_DUCKDB_MEMORY_LIMIT",
            meaning="memory of the embedded engine; 1,000,000 users need `1500MB`",
            kind="text",
            default="800MB",
            readers=("profile",),
        ),
    ),
)

SQL_SERVER = Group(
    title="SQL Server",
    variables=(
        Variable(
            name="N2F_SYNC_SQLSERVER_HOST",
            meaning="the server, or `HOST\\INSTANCE`",
            kind="text",
            unset="an error with the target `sqlserver`",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_PORT",
            meaning="its port; not used for a named instance",
            kind="whole number",
            default="1433",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_DATABASE",
            meaning="this project's own database",
            kind="text",
            unset="an error with the target `sqlserver`",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_USER",
            meaning="a SQL login, or the id of an Entra application",
            kind="text",
            unset="the Windows account of the job, where `N2F_SYNC_SQLSERVER_WINDOWS_LOGIN` says so",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_PASSWORD",
            meaning="its password or secret",
            kind="text",
            unset="the same",
            is_secret=True,
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_AUTHENTICATION",
            meaning="how to log in: [sql-server.md](../sql-server.md#logging-in)",
            kind="text",
            default="sql",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_WINDOWS_LOGIN",
            meaning="log in as the Windows account of the job",
            kind="yes or no",
            default="false",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_DRIVER",
            meaning="the ODBC driver's name, or the path of its library",
            kind="text",
            default="ODBC Driver 18 for SQL Server",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_ENCRYPT",
            meaning="encrypt the connection",
            kind="yes or no",
            default="true",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_SQLSERVER_TRUST_CERT",
            meaning="believe any certificate; for a desk, never for production",
            kind="yes or no",
            default="false",
            readers=("profile",),
        ),
        Variable(
            name="N2F_SYNC_IMPACT_DATABASE",
            meaning="scratch database of `n2f-sync impact`, on the same server, for that alone",
            kind="text",
            unset="an error of `impact`",
        ),
        Variable(
            name="N2F_SYNC_AGRESSO_DATABASE",
            meaning="database of Agresso's two views, on the same server",
            kind="text",
            unset="this project's own",
            readers=("models",),
        ),
        Variable(
            name="N2F_SYNC_AGRESSO_SCHEMA",
            meaning="their schema",
            kind="text",
            default="dbo",
            readers=("models",),
        ),
    ),
)
