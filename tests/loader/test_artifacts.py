"""Which artifacts of dbt are kept, and what they do not hold."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from loader.artifacts import KEPT, kept_artifacts

MAIL = "ann@firm.example"
ERROR = (
    "Runtime Error in model int_users_mapped (models/int_users_mapped.sql)\n"
    f"  Conversion Error: Could not convert string '{MAIL}' to INT32"
)


def build(target: Path, *, message: str | None = None) -> None:
    """Write what dbt writes of a build that failed, in short."""
    node = {"name": "run_only_mails", "raw_code": "select 1", "compiled_code": f"select '{MAIL}'"}
    result = {
        "status": "error",
        "unique_id": "model.n2f_sync.int_users_mapped",
        "message": message or ERROR,
        "compiled_code": f"select '{MAIL}'",
    }
    passed = {"status": "pass", "unique_id": "test.n2f_sync.a", "message": None}
    target.mkdir(exist_ok=True)
    (target / "manifest.json").write_text(json.dumps({"nodes": {"model.n2f_sync.run_only_mails": node}}))
    (target / "run_results.json").write_text(json.dumps({"results": [result, passed]}))


def kept(folder: Path) -> dict[str, Any]:
    """What is kept of a run."""
    return {path.name: json.loads(gzip.decompress(path.read_bytes())) for path in folder.iterdir()}


def test_a_build_that_fails_is_kept_without_what_it_quotes(tmp_path: Path) -> None:
    def failing_build() -> None:
        with kept_artifacts(tmp_path / "target", "r1"):
            build(tmp_path / "target")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing_build()
    found = kept(tmp_path / "target" / "runs" / "r1")
    assert found.keys() == {"manifest.json.gz", "run_results.json.gz"}
    assert MAIL not in json.dumps(found)
    results = found["run_results.json.gz"]["results"]
    assert [result["status"] for result in results] == ["error", "pass"]
    assert "Conversion Error" in results[0]["message"]
    assert found["manifest.json.gz"]["nodes"]["model.n2f_sync.run_only_mails"]["raw_code"] == "select 1"


def test_they_are_their_owners_alone(tmp_path: Path) -> None:
    with kept_artifacts(tmp_path / "target", "r1"):
        build(tmp_path / "target")
    folder = tmp_path / "target" / "runs" / "r1"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (stat.S_IMODE(folder.stat().st_mode), modes) == (0o700, {0o600})


def test_those_of_the_newest_builds_are_kept(tmp_path: Path) -> None:
    names = [f"2026110{number // 10}T{number % 10}" for number in range(KEPT + 3)]
    for name in names:
        with kept_artifacts(tmp_path, name):
            build(tmp_path, message=name)
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == names[3:]


def test_what_an_earlier_build_wrote_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    build(tmp_path)
    with kept_artifacts(tmp_path, "r1"):
        pass
    assert not (tmp_path / "runs").exists()


def test_a_place_that_takes_no_file_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "runs").write_text("in the way")
    with kept_artifacts(tmp_path, "r1"):
        build(tmp_path)
    assert "are not kept" in caplog.text
