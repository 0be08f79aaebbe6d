"""Simulated nights: the real loader, models and push against the demo's N2F, with seeded worlds, faults and kills.

A *story* is a seed: one N2F, one Agresso, one database, and some nights. Before each the world moves by itself, in
each something goes wrong, the last ones are calm. What is real: the SQL of the models, `loader.sync` with everything
below it, HTTP to the demo's N2F, the ledger of calls. What stands in: dbt, by the compiled SQL that tests/models prove
to be what dbt runs (`laboratory.py`), and time (`times.py`). Every command is checked by `invariants*.py`, which share
no code with the loader.
"""
