"""The database goes away while changes are being sent: the push stops, and its next one takes it up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.harness import DemoN2F
from loader.api import N2FClient
from loader.database import Database, Warehouse
from loader.errors import DatabaseError
from loader.plan import refuse_unpushable
from tests.loader.workbench import HERE, make_plan, push, real_client, results, sent, user

KEYS = ["a", "b", "c", "d"]


class LosesItsDatabase:
    """A client during whose n-th call the session of the database breaks, before or after N2F was asked."""

    def __init__(self, client: N2FClient, warehouse: Warehouse, where: str, number: int) -> None:
        self._client, self._warehouse, self._where, self._left = client, warehouse, where, number

    def send(self, *arguments: Any, **named: Any) -> Any:
        """Send, and lose the database on the way."""
        self._left -= 1
        if self._left == 0 and self._where == "before":
            self._warehouse.close()
        answer = self._client.send(*arguments, **named)
        if self._left == 0 and self._where == "after":
            self._warehouse.close()
        return answer


@pytest.fixture
def client(n2f: DemoN2F) -> Iterator[N2FClient]:
    with real_client(n2f) as client:
        yield client


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("number", [1, 3, 4])
def test_a_push_whose_database_went_away_stops_and_is_taken_up_when_it_is_back(
    database: Database, n2f: DemoN2F, client: N2FClient, where: str, number: int
) -> None:
    with database.connect() as warehouse:
        plan = make_plan(warehouse, [user(key) for key in KEYS])
        with pytest.raises(DatabaseError) as stopped:
            push(warehouse, n2f, plan, client=LosesItsDatabase(client, warehouse, where, number))
    assert stopped.value.exit_code == 1
    assert stopped.value.remedy
    assert sent(n2f) == KEYS[:number]  # nothing is sent whose mark could not be written

    with database.connect() as warehouse:
        refuse_unpushable(warehouse, plan, base_url=HERE)
        push(warehouse, n2f, plan)
        assert results(warehouse, plan) == dict.fromkeys(KEYS, "succeeded")
    assert sent(n2f)[number:] == KEYS[number - 1 :]
