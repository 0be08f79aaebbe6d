"""A running N2F of the demo for each test, and a client to talk to it over HTTP."""

from collections.abc import Iterator

import pytest

from demo.harness import DemoN2F
from tests.demo.client import Client, make_world


@pytest.fixture(scope="session")
def demo_server() -> Iterator[DemoN2F]:
    with DemoN2F() as n2f:
        yield n2f


@pytest.fixture
def n2f(demo_server: DemoN2F) -> DemoN2F:
    demo_server.reset(make_world())
    return demo_server


@pytest.fixture
def client(n2f: DemoN2F) -> Iterator[Client]:
    client = Client(n2f)
    with client.session:
        yield client
