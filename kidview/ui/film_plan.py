"""What a film shows, in which order and how large: pure sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kidview.io import FilmShape

FPS_RANGE = (5, 30)
TURN_RANGE = (36, 120)
HEIGHTS_PX = (480, 720, 1080)


@dataclass(frozen=True)
class FilmPlan:
    """What is asked for.

    Parameters
    ----------
    view : str
        "axial", "coronal", "sagittal" or "surface".
    fps : int
        Pictures a second.
    suffix : str
        ".gif" or ".mp4".
    height_px : int or None
        Of the film; None is as large as the view on the screen.
    is_there_and_back : bool
        Slices go back to the first as well.
    has_labels_only : bool
        Slices from the first to the last that hold a label.
    turn_frames : int
        Pictures of a full turn of the 3D view.
    """

    view: str
    fps: int = 15
    suffix: str = ".gif"
    height_px: int | None = None
    is_there_and_back: bool = False
    has_labels_only: bool = False
    turn_frames: int = 72


def slice_numbers(first: int, last: int, is_there_and_back: bool) -> list[int]:
    """Slices in order; neither end is shown twice, so that a loop runs evenly."""
    there = list(range(first, last + 1))
    return there + there[-2:0:-1] if is_there_and_back else there


def turn_degrees(frames: int) -> list[float]:
    """A full turn; the last picture is one step before the first."""
    return [360 * number / frames for number in range(frames)]


def film_shape(
    plan: FilmPlan, seen: tuple[int, int], ratio: float, numbers: Sequence[float]
) -> FilmShape:
    """How large a film is.

    Parameters
    ----------
    plan : FilmPlan
    seen : (width, height)
        Of the view, in its own pixels.
    ratio : float
        Pixels of the screen for one of the view.
    numbers : sequence
        One a picture.
    """
    scale = film_scale(plan, seen[1], ratio)
    width, height = (max(int(side * scale + 1e-6) // 2 * 2, 2) for side in seen)
    return FilmShape(width, height, len(numbers), plan.fps)


def film_scale(plan: FilmPlan, seen_height: int, ratio: float) -> float:
    """Pixels of the film for one of the view."""
    return ratio if plan.height_px is None else plan.height_px / seen_height


def shape_in_words(shape: FilmShape) -> str:
    """ "96 pictures, 6.4 s, 812 × 620 pixels"."""
    return (
        f"{shape.frames} pictures, {shape.duration_s:.1f} s, {shape.width} × {shape.height} pixels"
    )
