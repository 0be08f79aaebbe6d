"""Sample data: an Agresso and an N2F out of step in every way the rules know; see `demo/README.md`."""

import csv
import json
from pathlib import Path
from typing import cast

from demo.documents import JsonObject

DATA = Path(__file__).parent / "data"
N2F_PATH = DATA / "n2f.json"
USERS_PATH = DATA / "agresso_users.csv"
ANALYTICS_PATH = DATA / "agresso_analytics.csv"
AGRESSO_PATHS = {"iris_N2F_User": USERS_PATH, "iris_N2F_Analytics": ANALYTICS_PATH}


def sample_world() -> JsonObject:
    """The state of the sample N2F, as `DemoN2F` and `--world` take it."""
    return cast(JsonObject, json.loads(N2F_PATH.read_text(encoding="utf-8")))


def agresso_rows() -> dict[str, list[dict[str, str]]]:
    """The rows of the two Agresso views by the view's name; every column is text, NULL is empty."""
    rows = {}
    for view, path in AGRESSO_PATHS.items():
        with path.open(encoding="utf-8", newline="") as file:
            rows[view] = list(csv.DictReader(file))
    return rows
