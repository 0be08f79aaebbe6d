"""A sync that is killed with SIGKILL, at two hundred moments of one night, and what the next one makes of it."""
