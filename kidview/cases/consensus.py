"""One mask of several readers': by majority, or by what each reader turns out to be worth.

Both ways look at voxels only through what the readers said of them, so a scan is first reduced
to the combinations of labels that occur and how often each does. Where all readers agree, that
is the consensus; the two ways differ in the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.cases.agreement import labelled_box
from kidview.cases.case import Author, Case
from kidview.cases.readings import readings_of, refuse_consensus
from kidview.cases.store import CaseStore
from kidview.core.errors import CaseError
from kidview.core.hec import HECS
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.task import Task
from kidview.core.types import LabelArray, MaskArray

Floats = npt.NDArray[np.float64]
_LABELS = len(LABEL_NAMES)
_SETTLED, _MOST_ROUNDS = 1e-5, 10_000


@dataclass(frozen=True)
class Votes:
    """Every combination of labels that the readers gave to a voxel.

    Parameters
    ----------
    said : (readers, n) uint8
    voxels : (n,) int64
        How many voxels each combination has.
    """

    said: LabelArray
    voxels: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ruling:
    """What becomes of each combination.

    Parameters
    ----------
    labels : (n,) uint8
    is_tie : (n,) bool
        The readers' word alone did not decide it.
    """

    labels: LabelArray
    is_tie: MaskArray


def majority(votes: Votes) -> Ruling:
    """More than half of the readers decide, class by class; half of them is not enough.

    Is the voxel kidney or a mass? If so, is it a mass? If so, a tumour? So each evaluation
    class of the result is the majority of the readers' masks of it, and of two readers the
    common part: tumour and kidney make kidney, tumour and cyst make cyst, and what only one
    of them outlined is background.
    """
    readers = len(votes.said)
    labels = np.zeros(votes.said.shape[1], np.uint8)
    is_tie = np.zeros(labels.shape, bool)
    is_inside = np.ones(labels.shape, bool)
    for members, label in zip(HECS.values(), (1, 3, 2), strict=True):
        count = np.isin(votes.said, members).sum(axis=0)
        is_tie |= is_inside & (2 * count == readers)
        is_inside &= 2 * count > readers
        labels[is_inside] = label
    return Ruling(labels, is_tie)


def staple(votes: Votes) -> Ruling:
    """The most likely label, given how far each reader can be trusted with each label.

    Expectation maximisation finds the readers' confusion matrices together with the labels. It
    starts from the plain vote and knows labels by how often the readers gave them. With two
    readers it cannot tell which of them is right, so it takes three. A label that nobody gave
    a voxel is not chosen for it; a combination that is held impossible goes to the majority.

    Source: Warfield, Zou & Wells 2004, IEEE Trans Med Imaging 23:903-921; for several labels
    and from the vote as in ITK's MultiLabelSTAPLEImageFilter.
    """
    said, readers = votes.said, np.arange(len(votes.said))[:, None]
    gave = (said[:, None, :] == np.arange(_LABELS)[:, None]).astype(np.float64)
    prior = (gave * votes.voxels).sum(axis=(0, 2))
    prior /= prior.sum()
    count = gave.sum(axis=0)
    is_first = count == count.max(axis=0)
    weights = (is_first & (is_first.sum(axis=0) == 1)).astype(np.float64)
    confusion = _shares(np.einsum("kln,sn->kls", gave, weights * votes.voxels), axis=2)
    for _ in range(_MOST_ROUNDS):
        weights = _shares(_likelihood(prior, confusion[readers, said]), axis=0)
        before = confusion
        confusion = _shares(np.einsum("kln,sn->kls", gave, weights * votes.voxels), axis=1)
        if np.abs(confusion - before).max() < _SETTLED:
            break
    likelihood = _likelihood(prior, confusion[readers, said]) * (count > 0)
    is_tie = ~(likelihood.max(axis=0) > 0)
    labels = np.where(is_tie, majority(votes).labels, likelihood.argmax(axis=0))
    return Ruling(labels.astype(np.uint8), is_tie)


def _likelihood(prior: Floats, chances: Floats) -> Floats:
    """(labels, n): of each true label; `chances` (readers, n, labels) is how each would say it."""
    likelihood: Floats = prior[:, None] * chances.prod(axis=0).T
    return likelihood


def _shares(values: Floats, axis: int) -> Floats:
    """Values over their sum along an axis; zeros stay where the sum is zero."""
    total = values.sum(axis=axis, keepdims=True)
    shares: Floats = np.divide(values, total, out=np.zeros_like(values), where=total > 0)
    return shares


@dataclass(frozen=True)
class Method:
    """A row of the table of ways to a consensus.

    Parameters
    ----------
    name : str
        What the user types.
    title : str
    least : int
        So many readings it needs.
    rule : callable
    """

    name: str
    title: str
    least: int
    rule: Callable[[Votes], Ruling]


METHODS = (
    Method("majority", "majority", 2, majority),
    Method("staple", "STAPLE", 3, staple),
)


@dataclass(frozen=True, eq=False)
class Decision:
    """A consensus, and how much of it was in dispute.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    disputed, tied : int
        Voxels on which not all readers agree; those of them which a tie decided.
    """

    labels: LabelArray
    disputed: int
    tied: int


def decide(masks: Sequence[LabelArray], rule: Callable[[Votes], Ruling]) -> Decision:
    """The consensus of some masks, in the box around all their labels.

    Outside of it there is but background, of which a large share would tell STAPLE nothing
    except that everybody is right nearly everywhere.

    Parameters
    ----------
    masks : sequence of (Z, Y, X) uint8
        One of each reader.
    rule : callable
        Of a row of `METHODS`.
    """
    labels = np.zeros(masks[0].shape, np.uint8)
    box = labelled_box(masks)
    if box is None:
        return Decision(labels, 0, 0)
    stack = np.stack([mask[box.slices] for mask in masks])
    is_disputed = (stack != stack[0]).any(axis=0)
    disputed = int(is_disputed.sum())
    labels[box.slices] = stack[0]
    if not disputed:
        return Decision(labels, 0, 0)
    said, which = _combinations(stack[:, is_disputed])
    voxels = np.bincount(which)
    agreed = np.bincount(stack[0][~is_disputed], minlength=_LABELS)
    unanimous = np.tile(np.arange(_LABELS, dtype=np.uint8), (len(masks), 1))
    ruling = rule(Votes(np.hstack([said, unanimous]), np.concatenate([voxels, agreed])))
    labels[box.slices][is_disputed] = ruling.labels[which]
    return Decision(labels, disputed, int(voxels[ruling.is_tie[: len(voxels)]].sum()))


def _combinations(said: LabelArray) -> tuple[LabelArray, npt.NDArray[np.intp]]:
    """The different columns of (readers, voxels), and which of them each voxel has."""
    which = np.zeros(said.shape[1], np.intp)
    for labels in said:  # reader after reader, so that any number of them fits into an integer
        _, first, which = np.unique(
            _LABELS * which + labels, return_index=True, return_inverse=True
        )
    return said[:, first], which


@dataclass(frozen=True)
class Consensus:
    """A consensus that a case holds now.

    Parameters
    ----------
    case : Case
    method : str
        Its title.
    readers : tuple of str
    disputed_ml, tied_ml : float
        Where not all readers agree; where a tie decided.
    """

    case: Case
    method: str
    readers: tuple[str, ...]
    disputed_ml: float
    tied_ml: float


def make_consensus(
    store: CaseStore, case: Case, method: str, by: str, task: Task | None = None
) -> Consensus:
    """Make the consensus of a case's readings its corrected mask; the case is "corrected" then.

    Parameters
    ----------
    store : CaseStore
    case : Case
    method : str
        Name of a row of `METHODS`.
    by : str
        Who asks for it; that is nobody's work on the mask.
    task : Task, optional

    Raises
    ------
    CaseError
        No such method, too few readings, nothing they agree on, or the case is not to be
        changed now.
    WriteError
        The case is as it was then.
    """
    task = task or Task()
    row = method_called(method)
    refuse_consensus(case, row.least, row.title)
    readings = readings_of(case)
    masks = []
    for n, reading in enumerate(readings):
        task.report(0.5 * n / len(readings), "reading the masks")
        masks.append(store.load_reading(case, reading).array)
    decision = decide(masks, row.rule)
    if not decision.labels.any():
        raise CaseError(
            f"the readers of case {case.case_id} agree on nothing",
            "let another one outline it, or correct it together",
        )
    names = tuple(reading.by for reading in readings)
    new = store.write_consensus(
        case,
        LabelMap(decision.labels, case.geometry, owned=True),
        np.logical_or.reduce([mask != 0 for mask in masks]),
        Author("consensus", f"{row.title} of {', '.join(names)}"),
        by,
        task.part(0.5, 1.0),
    )
    ml = case.geometry.voxel_ml
    return Consensus(new, row.title, names, decision.disputed * ml, decision.tied * ml)


def method_called(name: str) -> Method:
    """A row of `METHODS`; raises CaseError where there is none of that name."""
    found = next((row for row in METHODS if row.name == name), None)
    if found is None:
        known = " or ".join(row.name for row in METHODS)
        raise CaseError(f"no way to a consensus is called '{name}'", f"use {known}")
    return found
