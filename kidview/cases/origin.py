"""Who set each voxel of a corrected mask: a map of codes beside the mask.

Code 0: nobody. No network proposed a label there and no person touched the voxel.
Code n: author n of the case (a model of some version, or a person) set the voxel to the label
it has now. A voxel that a person cleared is background with that person's code.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from kidview.core.types import LabelArray, MaskArray

NOBODY = 0
MOST_AUTHORS = 255


def origin_of_prediction(prediction: LabelArray, model: int) -> LabelArray:
    """The map of a mask as the network gave it.

    Parameters
    ----------
    prediction : (Z, Y, X) uint8
    model : int
        Code of the network.

    Returns
    -------
    (Z, Y, X) uint8
        `model` where there is a label, else nobody.
    """
    return np.where(prediction != 0, np.uint8(model), np.uint8(NOBODY))


def origin_after(
    origin: LabelArray,
    before: LabelArray,
    after: LabelArray,
    painted: MaskArray,
    person: int,
    proposed: tuple[LabelArray, int] | None = None,
) -> LabelArray:
    """The map after a person saved a mask.

    A voxel the person painted is theirs, even with the label it had: they looked at it. A
    voxel that changed otherwise is the network's where it now agrees with the network (a
    newer proposal was accepted), else the person's. All others keep their code.

    Parameters
    ----------
    origin : (Z, Y, X) uint8
        The map of `before`.
    before, after : (Z, Y, X) uint8
        The mask as it was and as it is.
    painted : (Z, Y, X) bool
    person : int
        Code of the person.
    proposed : (Z, Y, X) uint8 and int, optional
        The newest prediction and its network's code.

    Returns
    -------
    (Z, Y, X) uint8
    """
    codes = origin.copy()
    differs = before != after
    if proposed is not None:
        prediction, model = proposed
        accepted = differs & (after == prediction)
        codes[accepted] = model
        differs &= ~accepted
    codes[differs | painted] = person
    return codes


def changed_by_people(
    origin: LabelArray,
    labels: LabelArray,
    people: Collection[int],
    prediction: LabelArray | None,
) -> MaskArray:
    """Where people made something else of a scan than a network proposed.

    What a person painted as the network had it was looked at, but not changed.

    Parameters
    ----------
    origin : (Z, Y, X) uint8
        The map of `labels`.
    labels : (Z, Y, X) uint8
    people : collection of int
        Codes of the authors that are no network.
    prediction : (Z, Y, X) uint8, optional
        Of the newest network; without one all that is people's counts.

    Returns
    -------
    (Z, Y, X) bool
    """
    theirs: MaskArray = np.isin(origin, list(people))
    return theirs if prediction is None else theirs & (labels != prediction)
