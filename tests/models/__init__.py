"""The dbt models against the plain-Python reading of the contract, on worlds by hand and at random."""
