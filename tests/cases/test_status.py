"""Who may move a case where."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.cases import TRANSITIONS, Author, Case, CaseStore, Corrected, Image, Move, Status
from kidview.cases.case import StoredFile, is_same_person
from kidview.cases.moves import move
from kidview.cases.origin import origin_after, origin_of_prediction
from kidview.core.errors import CaseError
from tests.cases.conftest import GRID, MODEL, corrected, mask, nothing_painted, scan

FILE = StoredFile("prediction-2.nii.gz", "c" * 64)
AT = "2026-01-31T12:00:00Z"


def case_with(status: Status, by: str = "Ann") -> Case:
    """A case that has every mask."""
    return Case(
        "P-00000000-1", "P-00000000", Image("d" * 64, "image.nii.gz"), GRID, AT, AT, "0.1",
        (Move(status, by, AT),), authors=(MODEL, Author("person", by)), prediction=FILE, model=1,
        corrected=Corrected(FILE, FILE),
    )  # fmt: skip


@pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
def test_only_what_the_table_allows_is_possible(old: Status, new: Status) -> None:
    case = case_with(old)
    if new in TRANSITIONS[old]:
        moved = move(case, new, "Bob")
        assert moved.status is new
        assert moved.history[:-1] == case.history
        assert moved.reviewer == ("Bob" if new in (Status.APPROVED, Status.REJECTED) else "")
    else:
        with pytest.raises(CaseError, match=f"is {old} and cannot become {new} - it can become "):
            move(case, new, "Bob")


def test_every_status_can_be_reached_and_left() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert {new for row in TRANSITIONS.values() for new in row} == set(Status) - {Status.NEW}


@pytest.mark.parametrize("name", ["Ann Lee", "ann lee", "  ANN   LEE ", "Ann\u00a0Lee"])
def test_nobody_approves_what_they_corrected(name: str) -> None:
    with pytest.raises(CaseError) as told:
        move(case_with(Status.CORRECTED, "Ann Lee"), Status.APPROVED, name)
    assert (
        told.value.what == f"{name.strip()} corrected case P-00000000-1 and cannot approve it too"
    )
    assert told.value.hint == "ask another person to look at it and to approve it"


def test_an_earlier_corrector_cannot_approve_either(store: CaseStore) -> None:
    case = corrected(store, "Ann")
    case = store.write_corrected(case, mask(4), nothing_painted(), "Bob")
    assert case.status is Status.IN_CORRECTION, "editing takes a finished case up again"
    case = store.set_status(case, Status.CORRECTED, "Bob")
    for name in ("Ann", "Bob"):
        with pytest.raises(CaseError, match=f"{name} corrected case"):
            store.set_status(case, Status.APPROVED, name)
    case = store.set_status(case, Status.APPROVED, "Cleo")
    assert store.read(case.case_id).reviewer == "Cleo"


@pytest.mark.parametrize("decision", [Status.APPROVED, Status.REJECTED])
def test_a_decided_case_changes_no_more_until_it_is_opened_again(
    decision: Status, store: CaseStore
) -> None:
    case = store.set_status(corrected(store), decision, "Bob")
    hint = 'set it to "in correction" first'
    with pytest.raises(CaseError, match=f"is {decision} and does not change any more - {hint}"):
        store.write_corrected(case, mask(4), nothing_painted(), "Ann")
    with pytest.raises(CaseError, match=hint):
        store.write_prediction(case, mask(4), MODEL)
    case = store.set_status(case, Status.IN_CORRECTION, "Bob")
    assert case.reviewer == ""
    store.write_corrected(case, mask(4), nothing_painted(), "Ann")


def test_a_status_needs_what_it_speaks_of(store: CaseStore) -> None:
    case = store.add(scan())
    with pytest.raises(CaseError, match="has no prediction"):
        store.set_status(case, Status.SEGMENTED, "Ann")
    case = store.set_status(case, Status.IN_CORRECTION, "Ann")
    with pytest.raises(CaseError, match="has no corrected mask"):
        store.set_status(case, Status.CORRECTED, "Ann")
    for nobody in ("", "  "):
        with pytest.raises(CaseError, match="nobody is named"):
            store.set_status(case, Status.REJECTED, nobody)
        with pytest.raises(CaseError, match="nobody is named"):
            store.write_corrected(case, mask(1), nothing_painted(), nobody)


@given(st.text(min_size=1))
def test_a_name_is_the_same_person_however_it_is_spaced(name: str) -> None:
    assert is_same_person(name, f" {name}\t")
    assert not is_same_person(name, f"{name} Miller")


def test_the_reason_of_a_step_is_a_line_of_the_notes(store: CaseStore) -> None:
    case = store.write_notes(store.add(scan()), "small cyst\n")
    case = store.set_status(case, Status.REJECTED, "Bob", "  lower pole\ncut off ")
    day = case.history[-1].at[:10]
    first = f"small cyst\nRejected by Bob, {day}: lower pole cut off"
    assert store.read(case.case_id).notes == case.notes == first
    case = store.set_status(case, Status.IN_CORRECTION, "Ann", " ")
    assert case.notes == first
    case = store.set_status(case, Status.REJECTED, "Ann", "blurred")
    assert case.notes == f"{first}\nRejected by Ann, {day}: blurred"
    plain = store.set_status(store.add(scan(2)), Status.REJECTED, "Bob", "blurred")
    assert plain.notes == f"Rejected by Bob, {day}: blurred"


# -- the map of origins -----------------------------------------------------

SMALL = (2, 3, 4)
SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.booleans())
def test_every_label_has_an_author_and_only_changes_change_it(seed: int, with_model: bool) -> None:
    random = np.random.default_rng(seed)
    prediction, after = random.integers(0, 4, (2, *SMALL)).astype(np.uint8)
    before = prediction if with_model else np.zeros(SMALL, np.uint8)
    painted = random.random(SMALL) < 0.3
    model, person = (1, 2) if with_model else (0, 1)
    origin = origin_of_prediction(before, model)
    proposed = (prediction, model) if with_model else None
    codes = origin_after(origin, before, after, painted, person, proposed)
    assert (codes[after != 0] != 0).all(), "a label without an author"
    assert (codes[painted] == person).all()
    untouched = ~painted & (before == after)
    assert np.array_equal(codes[untouched], origin[untouched])
    assert (codes[before != after] == person).all()


@given(SEEDS)
def test_an_accepted_newer_proposal_is_the_newer_models(seed: int) -> None:
    random = np.random.default_rng(seed)
    before, prediction = random.integers(0, 4, (2, *SMALL)).astype(np.uint8)
    painted = random.random(SMALL) < 0.2
    after = np.where(painted, 3, prediction).astype(np.uint8)
    codes = origin_after(
        origin_of_prediction(before, 1), before, after, painted, 2, (prediction, 3)
    )
    assert (codes[~painted & (before != after)] == 3).all()
    assert (codes[painted] == 2).all()
