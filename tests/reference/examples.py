"""All hand-written examples: `EXAMPLES`. The same list is run against the oracle and against the models."""

from __future__ import annotations

from .example import Example, Fact
from .examples_axes import AXIS_EXAMPLES
from .examples_decisions import DECISION_EXAMPLES
from .examples_fields import FIELD_EXAMPLES
from .examples_identity import IDENTITY_EXAMPLES
from .examples_inputs import INPUT_EXAMPLES
from .examples_managers import MANAGER_EXAMPLES
from .examples_scoping import SCOPING_EXAMPLES
from .examples_values import VALUE_EXAMPLES

EXAMPLES: list[Example] = [
    *INPUT_EXAMPLES,
    *FIELD_EXAMPLES,
    *MANAGER_EXAMPLES,
    *IDENTITY_EXAMPLES,
    *AXIS_EXAMPLES,
    *VALUE_EXAMPLES,
    *SCOPING_EXAMPLES,
    *DECISION_EXAMPLES,
]

__all__ = ["EXAMPLES", "Example", "Fact"]
