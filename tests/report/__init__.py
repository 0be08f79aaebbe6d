"""`n2f-sync report` on the sample, in a real browser; `python -m tests.report` makes the pictures for the docs."""
