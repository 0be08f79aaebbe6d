"""Proof without a server: what dbt sends to SQL Server, recorded, parsed and checked."""
