"""What measures a model never teaches it: the same scan is found under any name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nibabel
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import SpatialImage

from kidview.cases import SetCase
from kidview.core.errors import SettingError
from kidview.core.task import Task

_Shape = tuple[int, ...] | None


def twins(teaching: Sequence[SetCase], measuring: Sequence[SetCase]) -> dict[str, str]:
    """Cases that would teach a scan which measures; voxels are compared, not names.

    Parameters
    ----------
    teaching, measuring : sequence of SetCase
        Those without a scan do not count.

    Returns
    -------
    dict
        Name of the one that would teach to the name of the one that measures.

    Raises
    ------
    ReadError, CaseError
        A scan that has to be compared cannot be read.
    """
    known: dict[str, str] = {}
    shapes: set[_Shape] = set()
    for case in measuring:
        if case.image is not None:
            known[case.voxels_sha256(Task())] = case.name
            shapes.add(_sorted_shape(case.image))
    found = {}
    for case in teaching:
        # A header tells in no time that it is another scan; that it is the same, voxels only.
        if case.image is not None and _may_be_among(_sorted_shape(case.image), shapes):
            twin = known.get(case.voxels_sha256(Task()))
            if twin is not None:
                found[case.name] = twin
    return found


def refuse_twins(replayed: Sequence[SetCase], measuring: Sequence[SetCase], where: str) -> None:
    """Raise SettingError if a scan that measures would be replayed; `where` it measures."""
    for name, twin in twins(replayed, measuring).items():
        raise SettingError(
            f"{name} would be replayed, but is {twin} of {where}, which only measures",
            "take it out of one of them",
        )


def _may_be_among(shape: _Shape, others: set[_Shape]) -> bool:
    return bool(others) and (shape is None or shape in others or None in others)


def _sorted_shape(path: Path) -> _Shape:
    """Voxels along the axes, in order of size, for axes may be turned; None where unknown."""
    try:
        image = nibabel.load(path)
    except (OSError, ImageFileError):
        return None  # another format
    if not isinstance(image, SpatialImage):
        return None
    return tuple(sorted(n for n in image.shape if n > 1))
