"""Places to look at next: each check on a phantom that has one fault, and none on a clean one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.task import Cancelled, Task
from kidview.core.types import LabelArray, MaskArray, Triple
from kidview.core.uncertainty import Uncertainty
from kidview.edit.place import Place, in_ml, place_of
from kidview.edit.places import find_places

SHAPE = (52, 84, 150)
GRID = Geometry.straight(SHAPE, (3.0, 1.0, 1.2), (-90.0, 0.0, 0.0))
LEFT, RIGHT = (75.0, 40.0, 40.0), (78.0, 42.0, 140.0)  # mm from the first voxel; x grows to R
ML = GRID.voxel_ml


def ellipsoid(centre_mm: Triple, radii_mm: Triple) -> MaskArray:
    grid = np.ogrid[tuple(slice(n) for n in SHAPE)]
    values = zip(grid, GRID.spacing_zyx, centre_mm, radii_mm, strict=True)
    inside: MaskArray = sum(((g * s - c) / r) ** 2 for g, s, c, r in values) <= 1.0
    return inside


def phantom() -> LabelArray:
    """Two kidneys, a tumour that bulges out of the right one and two cysts in the left one."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[ellipsoid(LEFT, (52.0, 24.0, 22.0)) | ellipsoid(RIGHT, (50.0, 25.0, 24.0))] = 1
    labels[ellipsoid((60.0, 55.0, 130.0), (18.0, 18.0, 18.0))] = 2
    labels[ellipsoid((100.0, 40.0, 45.0), (10.0, 10.0, 10.0))] = 3
    labels[ellipsoid((50.0, 35.0, 40.0), (7.0, 7.0, 7.0))] = 3
    return labels


def only(labels: LabelArray, unsure: Uncertainty | None = None) -> Place:
    """The one place of labels with one fault."""
    found = find_places(labels, GRID, unsure)
    assert [place.words for place in found] == [found[0].words]
    return found[0]


def test_a_clean_phantom_has_no_place() -> None:
    assert find_places(phantom(), GRID) == []


def test_no_labels_no_places() -> None:
    assert find_places(np.zeros(SHAPE, np.uint8), GRID) == []


@pytest.mark.parametrize(("label", "name"), [(2, "Tumour"), (3, "Cyst")])
def test_a_lesion_away_from_a_kidney(label: int, name: str) -> None:
    labels = phantom()
    labels[10:13, 10:20, 70:82] = label
    place = only(labels)
    assert place.words == f"{name}, {in_ml(360 * ML)}, does not touch a kidney"
    assert place.kind == "alone" and place.box == Box((10, 10, 70), (13, 20, 82))
    assert labels[place.at_zyx] == label and place.size_ml == pytest.approx(360 * ML)


def test_a_lesion_that_touches_through_another_is_not_alone() -> None:
    labels = phantom()
    row = np.flatnonzero(labels[20, :, 108] == 2)[-1]
    labels[19:22, row + 1 : row + 6, 106:111] = 3
    assert find_places(labels, GRID) == []


def test_a_piece_of_kidney_apart() -> None:
    labels = phantom()
    labels[10:13, 10:20, 70:82] = 1
    place = only(labels)
    assert place.kind == "apart"
    assert place.words == f"Kidney, {in_ml(360 * ML)}, lies apart from the kidneys"
    assert place.box == Box((10, 10, 70), (13, 20, 82))


def test_a_lesion_with_a_bit_of_kidney_apart() -> None:
    labels = phantom()
    labels[10:13, 10:20, 70:82] = 2
    labels[11, 14:16, 76:78] = 1
    place = only(labels)
    assert place.words == f"Tumour, {in_ml(360 * ML)}, lies apart from the kidneys"


def test_a_crumb_within_a_kidney() -> None:
    labels = phantom()
    labels[25:28, 40:46, 30:34] = 2  # beside no other tumour: it is the only one there
    assert find_places(labels, GRID) == []
    assert (labels[34:38, 39:47, 113:120] == 1).all()
    labels[35:37, 40:46, 114:119] = 2  # beside the large one of the other kidney
    place = only(labels)
    assert place.kind == "crumb" and place.words.startswith("Small piece of tumour")
    assert labels[place.at_zyx] == 2


def test_a_hole_is_told_by_what_is_around_it() -> None:
    labels = phantom()
    labels[18:21, 52:57, 105:110] = 0
    place = only(labels)
    assert place.words == f"Hole in the tumour, {in_ml(75 * ML)}"
    assert place.box == Box((18, 52, 105), (21, 57, 110)) and labels[place.at_zyx] == 0


def test_what_floats_in_a_hole_is_no_part_of_it() -> None:
    labels = phantom()
    labels[18:21, 52:57, 105:110] = 0
    labels[19, 54, 107] = 3
    place = only(labels)
    assert place.kind == "hole" and place.size_ml == pytest.approx(74 * ML)
    assert labels[place.at_zyx] == 0


def test_a_hole_that_is_open_is_none() -> None:
    labels = phantom()
    labels[25:28, 40:46, :35] = 0
    assert find_places(labels, GRID) == []


def test_a_kidney_cut_off_flat() -> None:
    labels = phantom()
    labels[34:, :, 75:] = 0
    place = only(labels)
    assert place.kind == "jump" and place.at_zyx[0] == 33
    area = np.count_nonzero(labels[33, :, 75:]) * 1.2 / 100.0
    assert place.words == f"The kidney changes by {area:.1f} cm² from one slice to the next"


def test_a_slice_too_small_is_told_once() -> None:
    labels = phantom()
    labels[25, :38, 75:] = 0
    place = only(labels)
    assert place.kind == "jump" and place.at_zyx[0] in (24, 25, 26)


@pytest.mark.parametrize("kept", [slice(0, 34), slice(18, None)])
def test_the_end_of_the_scan_is_no_jump(kept: slice) -> None:
    labels = np.ascontiguousarray(phantom()[kept])
    grid = Geometry.straight((len(labels), *SHAPE[1:]), GRID.spacing_zyx)
    assert [p.words for p in find_places(labels, grid)] == []


def test_a_lesion_that_jumps() -> None:
    labels = phantom()
    labels[
        ellipsoid((60.0, 55.0, 130.0), (18.0, 18.0, 18.0)) & (np.arange(52) > 21)[:, None, None]
    ] = 1
    place = only(labels)
    assert place.words.startswith("The tumour changes by") and place.at_zyx[0] == 21


@pytest.mark.parametrize(("centre", "side"), [(LEFT, "left"), (RIGHT, "right")])
def test_a_kidney_much_smaller_than_the_other(centre: Triple, side: str) -> None:
    labels = np.zeros(SHAPE, np.uint8)
    for middle in (LEFT, RIGHT):
        size = 0.6 if middle == centre else 1.0
        labels[ellipsoid(middle, (50.0 * size, 24.0 * size, 24.0 * size))] = 1
    place = only(labels)
    assert place.words.startswith(f"The {side} kidney has ") and place.score == 0.0
    assert labels[place.at_zyx] == 1


def test_only_one_kidney() -> None:
    labels = phantom()
    labels[:, :, 75:] = 0
    assert only(labels).words == "Only one kidney is outlined"


# Doubt


def doubt(box: Box, values: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Uncertainty:
    return Uncertainty(box, np.ascontiguousarray(values))


def test_the_rim_of_an_organ_is_no_doubt_but_a_thick_part_is() -> None:
    labels = phantom()
    solid = labels != 0
    cross = ndimage.generate_binary_structure(2, 1)[None]
    rim = ndimage.binary_dilation(solid, cross) & ~ndimage.binary_erosion(solid, cross)
    values = np.where(rim, 127, 0).astype(np.uint8)
    box = Box((2, 3, 4), (50, 80, 147))
    assert find_places(labels, GRID, doubt(box, values[box.slices])) == []
    values[20:26, 50:62, 100:112] = 150
    values[23, 55, 106] = 240
    place = only(labels, doubt(box, values[box.slices]))
    assert place.kind == "doubt" and place.at_zyx == (23, 55, 106)
    assert place.words.endswith("called tumour")
    assert place.size_ml == pytest.approx(6 * 12 * 12 * ML, rel=0.4)
    assert place.score == pytest.approx(place.size_ml * 150 / 255, rel=0.2)


def test_doubt_in_another_organ_does_not_lead_away_from_two_kidneys() -> None:
    labels = phantom()
    values = np.zeros(SHAPE, np.uint8)
    values[4:40, 4:30, 62:92] = 220  # a large organ between the kidneys, 10 mm off and more
    unsure = doubt(Box.whole(SHAPE), values)
    near = ndimage.distance_transform_edt(labels == 0, sampling=GRID.spacing_zyx) <= 14.0
    for place in find_places(labels, GRID, unsure):
        assert near[place.at_zyx], place.words
    labels[:, :, :75] = 0  # one kidney only: the other may have been missed
    kinds = {place.kind: place for place in find_places(labels, GRID, unsure)}
    assert not near[kinds["doubt"].at_zyx] or kinds["doubt"].score < 0.2 * kinds["doubt"].size_ml


def test_what_two_checks_find_is_told_once_in_the_words_of_the_first() -> None:
    labels = phantom()
    labels[10:13, 10:20, 70:82] = 2
    values = np.zeros(SHAPE, np.uint8)
    values[9:14, 8:22, 68:84] = 200
    place = only(labels, doubt(Box.whole(SHAPE), values))
    assert place.kind == "alone" and place.score > place.size_ml


def test_the_worst_place_comes_first() -> None:
    labels = phantom()
    labels[2:4, 10:14, 70:80] = 2
    labels[10:16, 10:20, 70:82] = 3
    values = np.zeros(SHAPE, np.uint8)
    values[18:36, 44:70, 20:50] = 200
    found = find_places(labels, GRID, doubt(Box.whole(SHAPE), values))
    assert [place.kind for place in found] == ["doubt", "alone", "alone"]
    assert found[1].size_ml > found[2].size_ml


def test_a_place_lies_in_its_mask() -> None:
    ring = np.zeros((3, 9, 9), bool)
    ring[1, 1:8, 1:8] = True
    ring[1, 2:7, 2:7] = False
    place = place_of("ring", ring, (10, 20, 30), 2.0, "A ring")
    z, y, x = place.at_zyx
    assert ring[z - 10, y - 20, x - 30] and place.box == Box((11, 21, 31), (12, 28, 38))
    assert place.score == 2.0


@pytest.mark.parametrize(
    ("ml", "words"),
    [
        (0.001, "< 0.01 mL"),
        (0.04, "0.04 mL"),
        (0.44, "0.4 mL"),
        (9.94, "9.9 mL"),
        (123.4, "123 mL"),
    ],
)
def test_volumes_in_words(ml: float, words: str) -> None:
    assert in_ml(ml) == words


def test_a_cancel_is_noticed() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        find_places(phantom(), GRID, None, task)
