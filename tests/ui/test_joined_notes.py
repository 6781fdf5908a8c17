"""The same said of several lesions is one sentence."""

from __future__ import annotations

import pytest

from kidview.ui.panels.joined_notes import joined_notes

EDGE = "reaches the edge of the scan, so part of it may be missing"
FAR = "is more than 20 mm from every kidney"


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        ([], []),
        ([f"C2 {EDGE}"], ["C2 reaches the edge of the scan, so part of it may be missing."]),
        (
            [f"the left kidney {EDGE}", f"C2 {EDGE}"],
            ["The left kidney and C2 reach the edge of the scan, so part of them may be missing."],
        ),
        (
            [f"T2 {FAR}", f"C3 {EDGE}", f"T4 {FAR}", f"T12 {FAR}"],
            [
                "T2, T4 and T12 are more than 20 mm from every kidney.",
                "C3 reaches the edge of the scan, so part of it may be missing.",
            ],
        ),
        (
            ["T4 touches no kidney; the nearest is 19.1 mm away", "only one kidney is labelled"],
            ["T4 touches no kidney; the nearest is 19.1 mm away.", "Only one kidney is labelled."],
        ),
        (
            [
                "T1 touches two kidneys and was given to the one it touches more",
                "T2 touches two kidneys and was given to the one it touches more",
            ],
            ["T1 and T2 touch two kidneys and were given to the one they touch more."],
        ),
    ],
)
def test_notes_are_told_once(notes: list[str], told: list[str]) -> None:
    assert joined_notes(notes) == told


def test_the_same_note_twice_is_one() -> None:
    assert joined_notes(["several kidneys lie on one side"] * 2) == [
        "Several kidneys lie on one side."
    ]
    assert joined_notes([f"C2 {EDGE}"] * 2) == [f"C2 {EDGE}."]
