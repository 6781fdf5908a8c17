"""Fixtures every room may use, and how tests share the processors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a module's tests on one worker, and all that draw on a display on the same one."""
    for item in items:
        needs_display = item.get_closest_marker("display") is not None
        group = "display" if needs_display else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real scans; it is no part of the repository, so tests skip without it."""
    folder = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real scans are not on this machine")
    return folder.resolve()
