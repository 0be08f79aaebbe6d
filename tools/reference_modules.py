"""docs/reference/modules.md, made of the docstrings; modules are parsed and never imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.markdown import GENERATED, paragraphs, table

_INTRODUCTION = """\
Every module with what is public in it: the first paragraph of each docstring. Arguments, units and the errors that are
raised stand in the docstrings themselves. [architecture.md](../architecture.md) says how the modules work together."""

_Definition = ast.FunctionDef | ast.AsyncFunctionDef


def modules_page(root: Path, packages: Sequence[str]) -> str:
    """Return the page for the modules of these packages below `root`."""
    return "\n".join(_lines(root, packages)) + "\n"


def _lines(root: Path, packages: Sequence[str]) -> Iterator[str]:
    yield from ("# Reference: Python modules", "", GENERATED, "", _INTRODUCTION)
    for package in packages:
        parsed = {
            f"{package}.{path.stem}": ast.parse(path.read_text("utf-8"))
            for path in sorted((root / package).glob("*.py"))
            if not path.stem.startswith("__")
        }
        yield from (
            "",
            f"## {package}",
            "",
            _first(ast.parse((root / package / "__init__.py").read_text("utf-8"))),
            "",
        )
        yield from table(
            ("module", "what"),
            ((f"[`{name}`](#{name.replace('.', '')})", _first(tree)) for name, tree in parsed.items()),
        )
        for name, tree in parsed.items():
            yield from ("", f"### {name}", "", _first(tree))
            members = list(_members(tree))
            if members:
                yield from ("", *members)


def _members(tree: ast.Module) -> Iterator[str]:
    """Yield a list item for each public class and function, and below a class its methods."""
    for node in tree.body:
        if isinstance(node, _Definition) and not node.name.startswith("_"):
            yield f"- `{node.name}{_signature(node)}`: {_first(node)}"
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield f"- class `{node.name}`: {_first(node)}"
            for method in node.body:
                if isinstance(method, _Definition) and not method.name.startswith("_"):
                    yield f"  - `{method.name}{_signature(method)}`: {_first(method)}"


def _first(node: ast.Module | ast.ClassDef | _Definition) -> str:
    found = paragraphs(ast.get_docstring(node))
    return found[0] if found else ""


def _signature(node: _Definition) -> str:
    """Return names and defaults; types stand in the code."""
    if any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list):
        return ""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    parts = [
        _argument(each, value)
        for each, value in zip(positional, [*defaults, *arguments.defaults], strict=True)
    ]
    if arguments.vararg is not None:
        parts.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        parts.append("*")
    parts += [
        _argument(each, value)
        for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg is not None:
        parts.append(f"**{arguments.kwarg.arg}")
    return f"({', '.join(part for part in parts if part not in {'self', 'cls'})})"


def _argument(argument: ast.arg, default: ast.expr | None) -> str:
    return argument.arg if default is None else f"{argument.arg}={ast.unparse(default)}"
