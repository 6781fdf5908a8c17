"""A session that is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.session.journal_stage import Recorded


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work" / "me"


@pytest.fixture
def recorded(work: Path) -> Iterator[Recorded]:
    made = Recorded(work)
    yield made
    made.recorder.close()
