"""The manual page has the table of today's measures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_is_made_from_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("make_measures", DOCS / "make_measures.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make_measures", made)  # its dataclass looks there
    spec.loader.exec_module(made)
    page = (DOCS / "measures.md").read_text(encoding="utf-8")
    told = "run python docs/make_measures.py"
    assert made.fill(page, "measures", made.measures_markdown()) == page, told
