"""What neighbours call is described: every public name of the rooms that others build on."""

from __future__ import annotations

import ast
from typing import Any

ROOMS = (
    "kidview/core/",
    "kidview/io/",
    "kidview/edit/",
    "kidview/measure/",
    "kidview/follow/",
    "kidview/segment/",
    "kidview/demo/",
    "kidview/cases/",
)
Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(body: list[ast.stmt]) -> list[Named]:
    """Public functions and classes of a module or class, methods of public classes included."""
    found: list[Named] = []
    for node in body:
        if isinstance(node, Named) and not node.name.startswith("_"):
            found.append(node)
            if isinstance(node, ast.ClassDef):
                found += public(node.body)
    return found


def test_public_names_are_described(modules: list[Any]) -> None:
    silent = [
        f"{m.path}:{node.lineno} {node.name}"
        for m in modules
        if m.path.startswith(ROOMS)
        for node in public(m.tree.body)
        if not ast.get_docstring(node) and not _is_setter_or_overload(node)
    ]
    assert not silent


def _is_setter_or_overload(node: Named) -> bool:
    marks = [ast.unparse(mark) for mark in node.decorator_list]
    return any(mark.endswith(("overload", ".setter")) for mark in marks)
