"""All new cases outlined, whatever happens to one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kidview.cases import CaseStore, Status
from kidview.core.box import Box
from kidview.core.errors import ModelError
from kidview.core.modelcard import ModelCard, Step
from kidview.core.task import Cancelled, Task
from kidview.core.volume import Volume
from kidview.learning import segment_new
from kidview.segment import Proposal
from tests.cases.conftest import corrected, scan

MM = (2.0, 2.0, 2.0)
CARD = ModelCard(
    "net", "2", (1, 2, 3), (Step("fine", "f", "a" * 64, MM, (-125, 225), 50, 75, (16, 16, 16), 0),)
)


def outline(volume: Volume, task: Task) -> Proposal:
    """Kidney in one corner."""
    labels = np.ones((2, 2, 2), np.uint8)
    return Proposal(
        Box((0, 0, 0), (2, 2, 2)), labels, volume.geometry.voxel_ml, "net", "CPU", 0.1, ()
    )


@pytest.fixture
def store(tmp_path: Path) -> CaseStore:
    """Three new cases and one that a person corrected."""
    store = CaseStore(tmp_path / "cases")
    for seed in (1, 2, 3):
        store.add(scan(seed))
    corrected(store, seed=9)
    return store


def statuses(store: CaseStore) -> list[Status | None]:
    return sorted((row.status for row in store.rows()), key=str)


def test_new_cases_are_outlined_and_others_left_alone(store: CaseStore) -> None:
    said: list[str] = []
    batch = segment_new(store, outline, CARD, Task(), said.append)
    assert len(batch.done) == 3 and not batch.failed and list(batch.done) == said
    assert statuses(store) == [Status.CORRECTED, *[Status.SEGMENTED] * 3]
    case = store.read(batch.done[0])
    assert case.model_author is not None and case.model_author.title == "net 2"
    assert store.load_prediction(case).array[:2, :2, :2].all()
    again = segment_new(store, outline, CARD, Task())
    assert again.done == () and again.in_words() == "0 cases segmented"


def test_one_that_fails_stops_no_other_and_is_tried_again(store: CaseStore) -> None:
    calls: list[int] = []

    def second_fails(volume: Volume, task: Task) -> Proposal:
        calls.append(1)
        if len(calls) == 2:
            raise ModelError("values hold neither fat nor air", "open a CT")
        return outline(volume, task)

    batch = segment_new(store, second_fails, CARD, Task())
    assert len(batch.done) == 2 and len(batch.failed) == 1
    assert "neither fat nor air" in next(iter(batch.failed.values()))
    assert batch.in_words() == "2 cases segmented, 1 could not be"
    assert segment_new(store, outline, CARD, Task()).done == tuple(batch.failed)


def test_a_cancel_keeps_what_is_done(store: CaseStore) -> None:
    task = Task()

    def then_stop(case_id: str) -> None:
        task.cancel()

    with pytest.raises(Cancelled):
        segment_new(store, outline, CARD, task, then_stop)
    assert statuses(store).count(Status.SEGMENTED) == 1
    assert len(segment_new(store, outline, CARD, Task()).done) == 2
