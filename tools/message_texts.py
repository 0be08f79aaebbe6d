"""What an expression of the code says, with `…` for what is filled in when it runs."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

HOLE = "…"
_MOST = 8
"""Texts that one variable may stand for; beyond it, a hole says it better."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Node = ast.AST


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Parsed modules by name, the parent of every node, and every call."""

    modules: dict[str, ast.Module]
    parents: dict[_Node, _Node]
    calls: tuple[ast.Call, ...]

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Self:
        """Parse the files."""
        modules = {path.stem: ast.parse(path.read_text("utf-8")) for path in paths}
        parents: dict[_Node, _Node] = {}
        for module in modules.values():
            for node in ast.walk(module):
                parents.update(dict.fromkeys(ast.iter_child_nodes(node), node))
        calls = tuple(node for node in parents if isinstance(node, ast.Call))
        return cls(modules=modules, parents=parents, calls=calls)

    def module_of(self, node: _Node) -> str:
        """Return the name of the module that a node stands in."""
        while node in self.parents:
            node = self.parents[node]
        return next(name for name, module in self.modules.items() if module is node)

    def function_of(self, node: _Node) -> _Function | None:
        """Return the innermost function that a node stands in."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, _Function):
                return node
        return None

    def returns(self, module: str, function: str) -> Iterator[ast.expr]:
        """Yield what a function of a module returns."""
        for node in ast.walk(self.modules[module]):
            if isinstance(node, ast.Return) and node.value is not None:
                inside = self.function_of(node)
                if inside is not None and inside.name == function:
                    yield node.value

    def yields(self, modules: Iterable[str]) -> Iterator[ast.expr]:
        """Yield what the functions of modules yield themselves."""
        for module in modules:
            for node in ast.walk(self.modules[module]):
                if isinstance(node, ast.Yield) and node.value is not None:
                    yield node.value

    def subclasses(self, name: str) -> set[str]:
        """Return a class and all that are made of it."""
        found = {name}
        classes = [
            node
            for module in self.modules.values()
            for node in ast.walk(module)
            if isinstance(node, ast.ClassDef)
        ]
        for _ in classes:
            found |= {each.name for each in classes for base in each.bases if ast.unparse(base) in found}
        return found


class Texts:
    """Follows expressions to the texts that they may be."""

    def __init__(self, code: Code) -> None:
        self._code = code

    def names(self, called: ast.expr, at: _Node) -> set[str]:
        """Return the names that may be called here: of a function, or of a class that a variable holds."""
        if isinstance(called, ast.IfExp):
            return self.names(called.body, at) | self.names(called.orelse, at)
        if not isinstance(called, ast.Name):
            return set()
        held = [value for value in self._assigned(called.id, at) if isinstance(value, ast.Name)]
        return {called.id, *(value.id for value in held)}

    def of(self, expression: ast.expr, at: _Node, depth: int = 0) -> list[str]:
        """Return the patterns of an expression that stands in the function of `at`."""
        found = [HOLE]
        match expression if depth <= _MOST else None:
            case ast.Constant(value=str(text)):
                found = [text]
            case ast.Constant(value=None):
                found = []
            case ast.JoinedStr(values=parts):
                found = self._joined([self._part(part, at, depth) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                found = self._joined([self.of(left, at, depth + 1), self.of(right, at, depth + 1)])
            case ast.IfExp(body=body, orelse=otherwise):
                found = self._several([body, otherwise], at, depth)
            case ast.Call(func=ast.Name(id="_safe" | "safe"), args=[text]):
                found = self.of(text, at, depth + 1)
            case ast.Call(func=ast.Name(id="count"), args=[_, ast.Constant(value=str(noun))]):
                found = [f"{HOLE} {noun}{HOLE}"]
            case ast.Call(func=ast.Name(id=name)) if depth <= 1:
                returned = list(self._code.returns(self._code.module_of(at), name))
                found = [text for each in returned for text in self.of(each, each, depth + 1)] or found
            case ast.Name(id=name):
                found = self._of_name(name, at, depth) or found
        return found

    @staticmethod
    def percent(template: str) -> str:
        """Return the pattern of a text that `logging` fills in."""
        return re.sub(r"%(?:\.\d+)?[sdf]", HOLE, template)

    def _part(self, part: ast.expr, at: _Node, depth: int) -> list[str]:
        if not isinstance(part, ast.FormattedValue):
            return self.of(part, at, depth + 1)
        if part.conversion != -1 or part.format_spec is not None:
            return [HOLE]
        if isinstance(part.value, ast.Call) and ast.unparse(part.value.func) != "count":
            return [HOLE]
        found = self.of(part.value, at, depth + 1)
        return [text or HOLE for text in found] if 0 < len(found) <= _MOST else [HOLE]

    def _several(self, expressions: Iterable[ast.expr], at: _Node, depth: int) -> list[str]:
        found = [text for each in expressions for text in self.of(each, at, depth + 1)]
        return list(dict.fromkeys(found))

    def _of_name(self, name: str, at: _Node, depth: int) -> list[str]:
        assigned = list(self._assigned(name, at))
        if assigned:
            return self._several(assigned, at, depth)
        inside = self._code.function_of(at)
        if inside is None:
            return []
        places = [argument.arg for argument in (*inside.args.posonlyargs, *inside.args.args)]
        keywords = [argument.arg for argument in inside.args.kwonlyargs]
        if name not in {*places, *keywords}:
            return []
        position = places.index(name) - (places[0] in {"self", "cls"}) if name in places else -1
        found = [
            text
            for call in self._callers(inside)
            for value in self._passed(call, name, position)
            for text in self.of(value, call, depth + 1)
        ]
        return list(dict.fromkeys(found))

    def _assigned(self, name: str, at: _Node) -> Iterator[ast.expr]:
        """Yield what a variable of this function is set to."""
        inside = self._code.function_of(at)
        for node in ast.walk(inside) if inside is not None else ():
            if isinstance(node, ast.NamedExpr) and node.target.id == name:
                yield node.value
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                yield from self._set_to(name, node.target, node.value)
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    yield from self._set_to(name, target, node.value)

    @staticmethod
    def _set_to(name: str, target: ast.expr, value: ast.expr) -> Iterator[ast.expr]:
        if isinstance(target, ast.Name) and target.id == name:
            yield value
        elif isinstance(target, ast.Tuple):
            values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
            for each, its_value in zip(target.elts, values, strict=False):
                if isinstance(each, ast.Name) and each.id == name:
                    yield its_value

    def _callers(self, function: _Function) -> Iterator[ast.Call]:
        """Yield the calls of a function or method of that name; a private one is called in its module."""
        for call in self._code.calls:
            called = call.func
            name = (
                called.id
                if isinstance(called, ast.Name)
                else called.attr
                if isinstance(called, ast.Attribute)
                else ""
            )
            is_near = not function.name.startswith("_") or self._code.module_of(call) == self._code.module_of(
                function
            )
            if name == function.name and is_near:
                yield call

    @staticmethod
    def _passed(call: ast.Call, name: str, position: int) -> Iterator[ast.expr]:
        if 0 <= position < len(call.args):
            yield call.args[position]
        yield from (keyword.value for keyword in call.keywords if keyword.arg == name)

    @staticmethod
    def _joined(parts: list[list[str]]) -> list[str]:
        if any(not part for part in parts):
            return []
        texts = ("".join(each) for each in itertools.product(*parts))
        return list(dict.fromkeys(re.sub(f"{HOLE}(?:{HOLE})+", HOLE, text) for text in texts))
