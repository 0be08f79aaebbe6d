"""What a hand-written example is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .model import SEND, Rejection
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A change that must be in the plan.

    None means: not said. `payload` holds the bits that matter; `path` and `changed` are whole.
    """

    scope: str
    action: str
    key: str
    decision: str = SEND
    reason: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    changed: frozenset[str] | None = None
    path: tuple[str, ...] | None = None
    result: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A world and what the contract says about it, written by hand.

    `rejected` and `changes` are complete: nothing else is rejected, nothing else is in the plan. `verdicts`
    holds those of push_safety that are said.
    """

    name: str
    world: World
    rejected: frozenset[Rejection] = frozenset()
    changes: tuple[Fact, ...] = ()
    verdicts: dict[tuple[str, str], str] = field(default_factory=dict)
    exit_code: int | None = None
    not_compared: frozenset[tuple[str, str, str, str]] = frozenset()


def create(key: str, scope: str = "users", **facts: Any) -> Fact:
    """Write a create, of a user unless a scope is named."""
    return Fact(scope=scope, action="create", key=key, **facts)


def update(key: str, *changed: str, scope: str = "users", **facts: Any) -> Fact:
    """Write an update with the fields that changed, of a user unless a scope is named."""
    return Fact(scope=scope, action="update", key=key, changed=frozenset(changed), **facts)


def delete(key: str, scope: str = "users", **facts: Any) -> Fact:
    """Write a delete, of a user unless a scope is named."""
    return Fact(scope=scope, action="delete", key=key, **facts)


def users_rejected(*pairs: tuple[str, str]) -> frozenset[Rejection]:
    """Write (mail, reason) pairs of users."""
    return frozenset(("users", key, reason) for key, reason in pairs)
