"""The thin loader: documents in, requests out; every decision is SQL (see `dbt_project/`)."""
