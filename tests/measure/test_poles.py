"""A kidney's own landmarks: polar lines, sinus lines, hilum and faces of built kidneys."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest

from kidview.measure import Case, find_anatomy
from kidview.measure.poles import find_poles
from tests.measure.nephrons import ENDS, GRIDS, LIPS, MEDIAL, case_of, grid, kidneys, own, sinus


@pytest.mark.parametrize("kind", GRIDS)
def test_lines_lie_where_lips_and_sinus_were_carved(kind: str) -> None:
    case = case_of(kind)
    for kidney in case.anatomy.kidneys:
        poles = find_poles(case, kidney)
        assert poles is not None and poles.lips_seen and poles.doubt == ""
        half = GRIDS[kind][0] / 2 + 1
        at = kidney.centre_ras[2]  # the axis is upright
        assert abs(poles.lower_mm + at + LIPS) < half and abs(poles.upper_mm + at - LIPS) < half
        assert abs(poles.sinus_lower_mm + at + ENDS) < half
        assert abs(poles.sinus_upper_mm + at - ENDS) < half
        assert abs(poles.middle_mm + at) < half


@pytest.mark.parametrize("kind", GRIDS)
def test_hilum_points_to_the_spine_and_the_coronal_plane_to_the_front(kind: str) -> None:
    case = case_of(kind)
    for kidney in case.anatomy.kidneys:
        poles = find_poles(case, kidney)
        assert poles is not None
        assert poles.hilum_ras[0] * MEDIAL[kidney.side] > 0.98
        assert poles.anterior_ras[1] > 0.98


@pytest.mark.parametrize("kind", GRIDS)
def test_sinus_is_what_was_carved_behind_the_lips(kind: str) -> None:
    case = case_of(kind)
    for kidney in case.anatomy.kidneys:
        poles = find_poles(case, kidney)
        assert poles is not None
        found = np.zeros(case.geometry.shape_zyx, bool)
        found[kidney.box.slices] = poles.sinus
        carved = sinus(kind, kidney.side) & (own(kind, kidney.side)[0] < 15)
        assert (found & carved).sum() > 0.9 * carved.sum()
        assert not (found & (kidneys(kind) == 1)).any()


def test_a_kidney_without_a_sinus_has_no_lines() -> None:
    labels = kidneys("isotropic")
    labels[sinus("isotropic", "right") & (own("isotropic", "right")[0] < 24)] = 1
    geometry = grid("isotropic")
    case = Case(find_anatomy(labels, geometry), geometry)
    assert find_poles(case, case.anatomy.kidneys[0]) is None
    assert find_poles(case, case.anatomy.kidneys[1]) is not None


def test_fat_under_a_label_is_found_in_the_scan() -> None:
    """Labels may cover the sinus whole; the scan still shows its fat."""
    labels = kidneys("isotropic")
    carved = sinus("isotropic", "right") & (own("isotropic", "right")[0] < 24)
    labels[carved] = 1
    geometry = grid("isotropic")
    hu = np.where(carved, -90, 120).astype(np.int16)
    bare = Case(find_anatomy(labels, geometry), geometry)
    seen = Case(find_anatomy(labels, geometry, hu), geometry, hu)
    assert find_poles(bare, bare.anatomy.kidneys[0]) is None
    poles = find_poles(seen, seen.anatomy.kidneys[0])
    assert poles is not None
    assert abs(poles.sinus_upper_mm - ENDS) < 2 and abs(poles.sinus_lower_mm + ENDS) < 2


def test_a_closed_lip_is_said_and_the_ends_of_the_sinus_stand_for_it() -> None:
    labels = kidneys("isotropic")
    medial = own("isotropic", "right")[0]
    labels[sinus("isotropic", "right") & (medial > 12) & (medial < 24)] = 1
    geometry = grid("isotropic")
    case = Case(find_anatomy(labels, geometry), geometry)
    poles = find_poles(case, case.anatomy.kidneys[0])
    assert poles is not None and not poles.lips_seen
    assert "no clear hilum" in poles.doubt
    assert (poles.lower_mm, poles.upper_mm) == (poles.sinus_lower_mm, poles.sinus_upper_mm)


def test_a_notch_of_the_lateral_surface_is_no_sinus() -> None:
    labels = kidneys("isotropic")
    medial, front, up = own("isotropic", "right")
    labels[(medial < -14) & (np.abs(front) < 5) & (np.abs(up - 10) < 20)] = 0
    geometry = grid("isotropic")
    case = Case(find_anatomy(labels, geometry), geometry)
    kidney = case.anatomy.kidneys[0]
    poles = find_poles(case, kidney)
    assert poles is not None
    found = np.zeros(geometry.shape_zyx, bool)
    found[kidney.box.slices] = poles.sinus
    assert not (found & (medial < -5)).any()


def test_a_notch_that_opens_to_the_front_is_no_sinus() -> None:
    """Near enough to the sinus to be taken for a part of it."""
    labels = kidneys("isotropic")
    medial, front, up = own("isotropic", "right")
    notch = (np.abs(medial) < 4) & (front > 5) & (np.abs(up - 32) < 5)
    labels[notch & (np.abs(medial) < 30)] = 0
    geometry = grid("isotropic")
    case = Case(find_anatomy(labels, geometry), geometry)
    kidney = case.anatomy.kidneys[0]
    poles = find_poles(case, kidney)
    assert poles is not None and abs(poles.sinus_upper_mm - ENDS) < 2
    found = np.zeros(geometry.shape_zyx, bool)
    found[kidney.box.slices] = poles.sinus
    assert not (found & notch).any()


def test_a_turned_kidney_has_turned_landmarks() -> None:
    """A hilum that looks 45 degrees to the front turns the coronal plane with it."""
    geometry = grid("isotropic")
    medial, front, up = own("isotropic", "right")
    c = np.sqrt(0.5)
    along, across = c * (medial + front), c * (front - medial)
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    body = (along / 25) ** 2 + (across / 22) ** 2 + (up / 55) ** 2 <= 1
    labels[body & ~((along > 0) & (np.abs(across) < 8) & (np.abs(up) < 15))] = 1
    m, f, u = own("isotropic", "left")
    labels[(m / 25) ** 2 + (f / 22) ** 2 + (u / 55) ** 2 <= 1] = 1
    case = Case(find_anatomy(labels, geometry), geometry)
    poles = find_poles(case, case.anatomy.kidneys[0])
    assert poles is not None
    assert poles.hilum_ras @ np.array([-c, c, 0]) > 0.97
    assert poles.anterior_ras @ np.array([c, c, 0]) > 0.97


def test_poles_are_looked_for_once_and_keep_no_scan_alive() -> None:
    case = case_of("anisotropic")
    assert find_poles(case, case.anatomy.kidneys[0]) is find_poles(case, case.anatomy.kidneys[0])
    gone = weakref.ref(case)
    del case
    gc.collect()
    assert gone() is None


def test_joined_kidneys_and_the_edge_of_the_scan_are_doubts() -> None:
    case = case_of("isotropic")
    joined = replace(
        case, anatomy=replace(case.anatomy, notes=("joined, as in a horseshoe kidney",))
    )
    poles = find_poles(joined, joined.anatomy.kidneys[0])
    assert poles is not None and "horseshoe" in poles.doubt
    cut = replace(case.anatomy.kidneys[0], touches_edge=True)
    poles = find_poles(case, cut)
    assert poles is not None and "edge of the scan" in poles.doubt
