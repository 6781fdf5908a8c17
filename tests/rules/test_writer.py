"""One module writes labels: edit/apply.py. Nobody else reaches behind the read-only views."""

from __future__ import annotations

import ast
from typing import Any

WRITER, OWNER = "kidview/edit/apply.py", "kidview/core/labels.py"


def offences(tree: ast.Module) -> list[str]:
    """Lines that reach for a label map's own array or make a view writable."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "_data":
            is_own = isinstance(node.value, ast.Name) and node.value.id == "self"
            if not is_own:
                found.append(f"{node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Call) and _makes_writable(node):
            found.append(f"{node.lineno}: {ast.unparse(node)}")
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [f"{t.lineno}: {ast.unparse(t)}" for t in targets if _is_label_voxels(t)]
    return found


def _makes_writable(call: ast.Call) -> bool:
    is_flag = isinstance(call.func, ast.Attribute) and call.func.attr == "setflags"
    return is_flag and any(
        keyword.arg == "write"
        and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
        for keyword in call.keywords
    )


def _is_label_voxels(target: ast.expr) -> bool:
    """Whether something is stored into ``labels.array[...]``."""
    return (
        isinstance(target, ast.Subscript)
        and isinstance(target.value, ast.Attribute)
        and target.value.attr == "array"
    )


def test_labels_are_written_in_one_place(modules: list[Any]) -> None:
    found = {
        m.path: wrong
        for m in modules
        if m.path.startswith(("kidview/", "benchmarks/"))
        and m.path not in (WRITER, OWNER)
        and (wrong := offences(m.tree))
    }
    assert not found


def test_the_rule_sees_each_way_around_it() -> None:
    for line in (
        "labels._data[0] = 1",
        "session.labels.array[box] = 2",
        "labels.array[0, 0] += 1",
        "view.setflags(write=True)",
        "view.setflags(write=flag)",
    ):
        assert offences(ast.parse(line)), line
    for line in ("self._data = 3", "view.setflags(write=False)", "x = labels.array[0]"):
        assert not offences(ast.parse(line)), line
