# n2f-sync with Microsoft's ODBC driver; docs/deploy.md says how it is built and run.
#
# The driver comes in the locked package mssql-python-odbc, so that the image is made of requirements.lock alone, with
# hashes. Using it is accepting Microsoft's licence for it, which lies beside it.
FROM python:3.12.12-slim-bookworm

# unixODBC is the manager that pyodbc calls; Kerberos and the certificates of authorities are what the driver needs.
# hadolint ignore=DL3008
RUN apt-get update --quiet=2 \
    && DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends \
        ca-certificates libgssapi-krb5-2 odbcinst unixodbc \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/n2f-sync

# The steps of `make setup`. Packages change seldom: they are a layer of their own.
COPY requirements.lock ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check \
        --require-hashes --requirement requirements.lock

COPY deploy/docker/register-driver.sh /usr/local/bin/
RUN sh /usr/local/bin/register-driver.sh .venv

COPY pyproject.toml README.md LICENSE dbt_project.yml profiles.yml.example ./
COPY dbt_project ./dbt_project
COPY loader ./loader
COPY demo ./demo
RUN .venv/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check \
        --no-deps --no-build-isolation --editable . \
    && cp profiles.yml.example profiles.yml \
    && useradd --system --uid 10001 --home-dir /var/lib/n2f-sync --shell /usr/sbin/nologin n2fsync \
    && mkdir --mode=700 /var/lib/n2f-sync \
    && chown n2fsync:n2fsync /var/lib/n2f-sync \
    && ln -s /var/lib/n2f-sync .n2f-sync

# All that a run writes is in the volume: the embedded database, the calls of the last minute, what dbt compiled.
ENV PATH=/srv/n2f-sync/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    N2F_SYNC_DUCKDB_PATH=/var/lib/n2f-sync/n2f.duckdb \
    DBT_TARGET_PATH=/var/lib/n2f-sync/target \
    DBT_LOG_PATH=/var/lib/n2f-sync/logs
VOLUME ["/var/lib/n2f-sync"]

# By its number, which a host can check without this image.
USER 10001
ENTRYPOINT ["n2f-sync"]
CMD ["--help"]
