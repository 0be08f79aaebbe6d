"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# CI says the same of the same commit; at a desk, worlds differ every time.
settings.register_profile("ci", derandomize=True)
settings.register_profile("desk")
settings.load_profile("ci" if os.environ.get("CI") else "desk")
