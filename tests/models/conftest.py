"""The models, compiled once a session."""

from __future__ import annotations

import pytest

from tests.models.compiled import CompiledModels


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> CompiledModels:
    """The project's models as dbt compiles them."""
    return CompiledModels.by_dbt(tmp_path_factory.mktemp("compiled"))
