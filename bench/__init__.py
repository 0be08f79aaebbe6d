"""Times and memory of a sync, against references in the same run; `make bench`. Never a test: machines are noisy."""
