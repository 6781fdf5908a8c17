"""Labels and proposals over a slice, read from its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from kidview.core.box import Box
from kidview.core.labels import LABELS
from kidview.core.uncertainty import Uncertainty
from kidview.segment import Proposal
from kidview.session import Session
from kidview.ui.paint import rgb
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import (
    MARK,
    MIDDLE_PX,
    PLAIN,
    Pixels,
    air,
    blended,
    cube,
    middle_colour,
    picture,
)

# -- labels ---------------------------------------------------------------------------


def test_fill_has_the_same_colour_on_every_slice(marked: list[SliceView], session: Session) -> None:
    session.edit("One", cube(1))
    alone = middle_colour(marked[0], (12, 23, 33))
    session.edit("Two", cube(3, (12, 5, 5)))
    assert middle_colour(marked[0], (12, 23, 33)) == alone
    np.testing.assert_allclose(alone, blended(1, 0.3), atol=3)
    np.testing.assert_allclose(middle_colour(marked[0], (12, 8, 8)), blended(3, 0.3), atol=3)


@pytest.mark.parametrize(
    ("look", "shares"),
    [
        ({"opacity": 0.8}, (0.8, 0.8)),
        ({"is_outline": True}, (0.0, 0.0)),
        ({"hidden": frozenset({1})}, (0.0, 0.3)),
        ({"are_labels_hidden": True}, (0.0, 0.0)),
    ],
)
def test_what_of_the_labels_is_filled(
    look: dict[str, Any],
    shares: tuple[float, float],
    marked: list[SliceView],
    session: Session,
) -> None:
    session.edit("One", cube(1))
    session.edit("Two", cube(2, (12, 5, 5)))
    session.look(**look)
    for place, label, share in (((12, 23, 33), 1, shares[0]), ((12, 8, 8), 2, shares[1])):
        np.testing.assert_allclose(middle_colour(marked[0], place), blended(label, share), atol=3)


def outline_pixels(view: SliceView, label: int) -> int:
    """How many pixels have about a label's full colour."""
    away = np.abs(picture(view) - np.array(rgb(LABELS[label - 1].colour))).sum(axis=2)
    return int(np.count_nonzero(away < 60))


def test_outlines_differ_in_more_than_colour(marked: list[SliceView], session: Session) -> None:
    session.look(is_outline=True, mm_per_pixel=0.2)
    drawn = []
    for label in (1, 2, 3):
        session.edit("Brush", cube(label, side=8))
        drawn.append(outline_pixels(marked[0], label))
    kidney, tumour, cyst = drawn
    assert tumour > 1.3 * kidney and cyst < 0.85 * kidney and cyst > 0


def test_peeking_hides_outlines_too(marked: list[SliceView], session: Session) -> None:
    session.edit("Brush", cube(2))
    session.look(is_outline=True)
    assert outline_pixels(marked[0], 2) > 20
    session.look(are_labels_hidden=True)
    assert outline_pixels(marked[0], 2) == 0
    session.look(are_labels_hidden=False, hidden=frozenset({2}))
    assert outline_pixels(marked[0], 2) == 0


def test_a_proposal_is_hatched_until_it_is_decided(
    marked: list[SliceView], session: Session
) -> None:
    box = Box((10, 10, 20), (16, 30, 45))
    session.look(mm_per_pixel=0.2, is_outline=True)
    before = picture(marked[0])
    session.propose(Proposal(box, np.full(box.shape, 2, np.uint8), PLAIN.voxel_ml, "m", "CPU", 1.0))
    inside = np.abs(picture(marked[0]) - before).sum(axis=2)[120:180, 180:220] > 60
    assert 0.1 < inside.mean() < 0.5  # lines with the scan between them
    session.look_at((9, 20, 30))  # below its box
    assert outline_pixels(marked[0], 2) == 0
    session.look_at(MARK)
    session.discard()
    np.testing.assert_array_equal(picture(marked[0]), before)


def test_a_proposal_lies_where_its_labels_will(marked: list[SliceView], session: Session) -> None:
    session.look(mm_per_pixel=0.2, is_outline=True)
    session.look_at((12, 16, 30))
    box = Box((5, 10, 20), (16, 30, 45))
    labels = np.zeros(box.shape, np.uint8)
    labels[4:, 3:11, 6:15] = 1
    session.propose(Proposal(box, labels, PLAIN.voxel_ml, "m", "CPU", 1.0))
    blue = np.array(rgb(LABELS[0].colour))
    proposed = [np.abs(picture(view) - blue).sum(axis=2) < 60 for view in marked]
    session.accept()
    for view, there in zip(marked, proposed, strict=True):
        accepted = np.abs(picture(view) - blue).sum(axis=2) < 60
        assert accepted.any() and (there & accepted).sum() == accepted.sum()


def test_doubt_is_painted_where_the_network_was_unsure(view: SliceView, session: Session) -> None:
    session.open(air(PLAIN))
    session.look_at((10, 20, 30))
    session.look(mm_per_pixel=0.5, centre_ras=session.view.cursor_ras, has_crosshair=False)
    values = np.zeros((5, 9, 9), np.uint8)
    values[:, 4, 4] = 255
    box = Box((8, 16, 26), (13, 25, 35))
    unsure = Uncertainty(box, values)
    session.propose(
        Proposal(box, np.zeros(box.shape, np.uint8), 0.002, "m", "CPU", 1.0, uncertainty=unsure)
    )
    session.discard()
    assert not pink(picture(view)).any()
    session.look(has_doubt=True)
    rows, columns = np.nonzero(pink(picture(view)))
    middle = (MIDDLE_PX.y(), MIDDLE_PX.x())
    assert abs(rows.mean() - middle[0]) < 2 and abs(columns.mean() - middle[1]) < 2
    session.look_at((14, 20, 30))  # beyond the box
    assert not pink(picture(view)).any()


def pink(shown: Pixels) -> npt.NDArray[np.bool_]:
    """Where red leads green by much; the plane's name in the corner left out."""
    shown = shown.copy()
    shown[:40, :120] = 0
    return shown[..., 0] - shown[..., 1] > 60
