"""sqlfluff reads every compiled model as T-SQL."""

from __future__ import annotations

from pathlib import Path

from tests.tsql.fluff import violations
from tests.tsql.recorder import Recording, own_texts


def models(recording: Recording) -> dict[str, str]:
    return {text.node.split(".")[2]: text.sql for text in own_texts(recording) if text.kind == "model"}


def test_every_compiled_model_is_clean(recording: Recording, tmp_path: Path) -> None:
    texts = models(recording)
    assert len(texts) == len([node for node in recording.planned if node.startswith("model.")])
    assert violations(texts, tmp_path / "models") == {}


def test_broken_models_fail(broken: Recording, tmp_path: Path) -> None:
    found = violations(models(broken), tmp_path / "models")
    assert set(found) == {"broken_grammar", "broken_references"}
    assert found["broken_grammar"][0].startswith("PRS")
    assert found["broken_references"][0].startswith("RF01")
