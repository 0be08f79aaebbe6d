"""Everything the project promises, tried on real parts."""
