"""A test for each thing that the earlier program got wrong (docs/reliability.md lists them)."""
