"""The real models on each engine, built by dbt once a session, and a running N2F."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.harness import DemoN2F
from tests.models.conftest import lab

__all__ = ["demo_server", "lab", "n2f"]


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoN2F]:
    """One N2F for the session."""
    with DemoN2F() as n2f:
        yield n2f


@pytest.fixture
def n2f(demo_server: DemoN2F) -> DemoN2F:
    """An N2F without anything."""
    demo_server.reset()
    return demo_server
