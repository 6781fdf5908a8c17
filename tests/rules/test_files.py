"""Rules on files: their size, their names, what they hold."""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import Any

import pytest

MOST_LINES = 400
MOST_KIB = 2048  # of a file that is no model
SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}
VAGUE = re.compile(r"(Manager|Helper|Handler|Util|Utils)$")
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".xml", ".desktop", ".svg", ""}
ONE_MACHINE = re.compile(r"(?<![\w.])/(work|root|home|Users|tmp/kv)/\w")


def test_modules_are_short(modules: list[Any]) -> None:
    long = {m.path: n for m in modules if (n := m.text.count("\n")) > MOST_LINES}
    assert not long, f"split these, each has more than {MOST_LINES} lines"


def test_names_of_files_say_what_is_inside(modules: list[Any]) -> None:
    vague = [m.path for m in modules if SAY_NOTHING & set(PurePath(m.path).with_suffix("").parts)]
    assert not vague, "name these after what they do"


def test_names_of_classes_say_what_they_are(modules: list[Any]) -> None:
    import ast

    vague = [
        f"{m.path}:{node.lineno} {node.name}"
        for m in modules
        for node in ast.walk(m.tree)
        if isinstance(node, ast.ClassDef) and VAGUE.search(node.name)
    ]
    assert not vague


def test_every_module_says_what_belongs_in_it(modules: list[Any]) -> None:
    import ast

    silent = [m.path for m in modules if m.tree.body and not ast.get_docstring(m.tree)]
    assert not silent


def test_no_file_names_a_place_on_one_machine(root: Path, tracked: list[str]) -> None:
    found = []
    for name in tracked:
        if PurePath(name).suffix in TEXT:
            for n, line in enumerate((root / name).read_text(encoding="utf-8").splitlines(), 1):
                if ONE_MACHINE.search(line):
                    found.append(f"{name}:{n} {line.strip()[:80]}")
    assert not found


def test_an_open_task_names_its_issue(modules: list[Any]) -> None:
    word = "TO" + "DO"
    open_ = [
        f"{m.path}:{n}"
        for m in modules
        for n, line in enumerate(m.text.splitlines(), 1)
        if word in line and not re.search(word + r" ?\(?#\d+", line)
    ]
    assert not open_


def test_no_scan_is_kept_in_git(tracked: list[str]) -> None:
    scans = (".nii", ".nii.gz", ".nrrd", ".mha", ".mhd", ".dcm", ".npz")
    assert not [name for name in tracked if name.lower().endswith(scans)]


def test_large_files_are_models_only(root: Path, tracked: list[str]) -> None:
    large = [
        name
        for name in tracked
        if (root / name).stat().st_size > MOST_KIB * 1024 and not name.startswith("models/")
    ]
    assert not large


@pytest.mark.parametrize("name", ["README.md", "LICENSE", "Makefile", "constraints.txt", ".ci/run"])
def test_what_a_checkout_needs_is_there(name: str, root: Path) -> None:
    assert (root / name).is_file()
