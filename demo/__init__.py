"""An N2F that runs on this machine, and sample data for it; shares no code with `loader/`."""
