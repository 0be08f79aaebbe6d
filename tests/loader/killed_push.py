"""A push in a process that dies without a word: `python -m tests.loader.killed_push URL PLAN WHERE N`.

The environment names the database, as it does for `n2f-sync`.
"""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import Any, cast

from demo.harness import DemoN2F
from loader.plan import load_plan
from loader.transform import Project
from loader.warehouse import open_database
from tests.loader.workbench import ROOT, push, real_client


class Dies:
    """A client whose process ends at the n-th call, before or after it was made."""

    def __init__(self, client: Any, where: str, number: int) -> None:
        self._client, self._where, self._left = client, where, number

    def send(self, *arguments: Any, **named: Any) -> Any:
        """Send, or die."""
        self._left -= 1
        if self._left == 0 and self._where == "before":
            os._exit(9)
        answer = self._client.send(*arguments, **named)
        if self._left == 0 and self._where == "after":
            os._exit(9)
        return answer


def main() -> None:
    """Push the plan until death."""
    base_url, plan_id, where, number = sys.argv[1:]
    n2f = cast(
        DemoN2F,
        SimpleNamespace(base_url=base_url, client_id=DemoN2F.client_id, client_secret=DemoN2F.client_secret),
    )
    database = open_database(Project(ROOT, {}).target(), ROOT)
    with database.connect() as warehouse, real_client(n2f) as client:
        plan = load_plan(warehouse, plan_id)
        push(warehouse, n2f, plan, client=Dies(client, where, int(number)))


if __name__ == "__main__":
    main()
