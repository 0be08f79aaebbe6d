"""What is said of an environment variable; all of them stand in `variables`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "URL", "yes or no", "whole number", "seconds", "list", "path", "time zone"]
Reader = Literal["loader", "profile", "models"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One environment variable.

    Attributes:
        meaning: a sentence without a full stop, for docs/reference/settings.md.
        kind: how its text is read.
        default: the text that means the same as leaving it out; None where no text does.
        unset: what it means to leave it out, where `default` is None.
        is_secret: it is shown nowhere, and stands in no file but `.env`.
        is_required: a run stops without it.
        readers: who reads it; dbt's profile and models do so through dbt.
    """

    name: str
    meaning: str
    kind: Kind
    default: str | None = None
    unset: str = ""
    is_secret: bool = False
    is_required: bool = False
    readers: tuple[Reader, ...] = ("loader",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Variables that belong together, under a heading."""

    title: str
    variables: tuple[Variable, ...]
