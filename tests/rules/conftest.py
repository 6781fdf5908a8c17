"""The files that make up the project, as the rules look at them."""

from __future__ import annotations

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """A Python file of the project: its path from the root, its text, its tree."""

    path: str
    text: str
    tree: ast.Module


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of pyproject.toml."""
    return ROOT


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[str]:
    """Paths of everything that is kept in git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="session")
def modules(root: Path) -> list[Module]:
    """Every Python file, whether in git yet or not."""
    found = []
    for room in ("kidview", "trainer", "tests", "benchmarks", "docs", ".ci"):
        for path in sorted((root / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Module(path.relative_to(root).as_posix(), text, ast.parse(text)))
    return found
