"""Who made the labels that are reported: which network, which people, what share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kidview.cases import Author, Case, CaseStore
from kidview.cases.origin import NOBODY, origin_after, origin_of_prediction
from kidview.core.types import LabelArray, MaskArray
from kidview.session import Accepted, Spent

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Share:
    """How much of what is labelled somebody set."""

    author: Author
    percent: float


def shares_of(labels: LabelArray, origin: LabelArray, authors: Sequence[Author]) -> list[Share]:
    """What share of the labelled voxels each author set, in the authors' order.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    origin : (Z, Y, X) uint8
        Codes; see `cases.origin`.
    authors : sequence of Author
        Code n is number n of them, from 1.

    Returns
    -------
    list of Share
        Of those who set any; may add to less than 100 where nobody is known.
    """
    codes = np.bincount(origin[labels != NOBODY], minlength=len(authors) + 1)
    total = max(int(codes.sum()), 1)
    return [
        Share(author, 100.0 * int(codes[n]) / total)
        for n, author in enumerate(authors, start=1)
        if codes[n]
    ]


def cleared_ml(labels: LabelArray, prediction: LabelArray, voxel_ml: float) -> float:
    """What a network had labelled and is background now, mL."""
    return float(np.count_nonzero((prediction != 0) & (labels == 0)) * voxel_ml)


def by_file(file: str, model: str = "") -> Facts:
    """Of labels that came from a file: more than its name, and a network's, is not known.

    Parameters
    ----------
    file : str
        "" for a name that may be the patient's.
    model : str
        The network somebody says was at work.
    """
    told = (("Network", model),) if model else ()
    words = f"from {file or 'a file'}; who set which part is not told there"
    return (*told, ("Labels", words))


def by_session(
    labels: LabelArray, accepted: Accepted, spent: Spent, reader: str, voxel_ml: float
) -> Facts:
    """Of an accepted proposal and what was done to it since.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    accepted : Accepted
    spent : Spent
    reader : str
        Name of who sits there, and whatever else the rest may come from.
    voxel_ml : float
    """
    prediction = _whole(accepted, labels)
    origin = origin_after(
        origin_of_prediction(prediction, 1),
        prediction,
        labels,
        spent.painted(labels.shape),
        2,
        (prediction, 1),
    )
    authors = (accepted.author, Author("person", reader))
    cleared = cleared_ml(labels, prediction, voxel_ml)
    return _in_words(shares_of(labels, origin, authors), accepted.author, cleared, spent.seconds)


def by_hand(painted: MaskArray, labels: LabelArray, file: str | None, reader: str) -> Facts:
    """Of labels no network is known for: a file's, if there was one, and a reader's.

    Parameters
    ----------
    painted : (Z, Y, X) bool
        What the reader's tools reached.
    labels : (Z, Y, X) uint8
    file : str
        What the labels were opened from; None where they were not.
    reader : str
    """
    if not file:
        return (("Labels", f"all by {reader}"),)
    there = labels != 0
    own = 100.0 * int((there & painted).sum()) / max(int(there.sum()), 1)
    return (("Labels", f"{_percent(100 - own)} from {file}, {_percent(own)} by {reader}"),)


def by_case(
    store: CaseStore,
    case: Case,
    labels: LabelArray,
    accepted: Accepted | None,
    spent: Spent,
    reader: str,
) -> Facts | None:
    """Of a case and what was done since it was saved; None where it holds no labels yet.

    Parameters
    ----------
    store : CaseStore
    case : Case
    labels : (Z, Y, X) uint8
    accepted : Accepted or None
        A proposal that came since.
    spent : Spent
    reader : str

    Raises
    ------
    CaseError
        A map of the case cannot be read.
    """
    before, origin, proposed = np.zeros(labels.shape, np.uint8), None, None
    authors, model = list(case.authors), case.model_author
    if case.prediction is not None:
        before = store.load_prediction(case).array
        proposed, origin = (before, case.model), origin_of_prediction(before, case.model)
    if case.corrected is not None:
        before, origin = store.load_corrected(case).array, store.load_origin(case)
    if origin is None:
        return None
    if accepted is not None:
        model = accepted.author
        proposed = (_whole(accepted, labels), _code(authors, model))
    person = _code(authors, Author("person", reader))
    codes = origin_after(origin, before, labels, spent.painted(labels.shape), person, proposed)
    cleared = 0.0
    if proposed is not None:
        cleared = cleared_ml(labels, proposed[0], case.geometry.voxel_ml)
    seconds = case.seconds + spent.seconds
    return _in_words(shares_of(labels, codes, authors), model, cleared, seconds)


def _code(authors: list[Author], author: Author) -> int:
    """An author's code; who is not among them is added."""
    if author not in authors:
        authors.append(author)
    return authors.index(author) + 1


def _whole(accepted: Accepted, labels: LabelArray) -> LabelArray:
    """(Z, Y, X) uint8: the proposal on the whole scan."""
    prediction = np.zeros(labels.shape, np.uint8)
    prediction[accepted.proposal.box.slices] = accepted.proposal.labels
    return prediction


def _in_words(
    shares: Sequence[Share], model: Author | None, cleared: float, seconds: float
) -> Facts:
    parts = [f"{_percent(one.percent)} {_title(one.author)}" for one in shares]
    rest = 100.0 - sum(one.percent for one in shares)
    if rest > 0.05:
        parts.append(f"{_percent(rest)} not known")
    words = ", ".join(parts) or "nothing is labelled"
    if cleared >= 0.005:
        words += f"; {cleared:.2f} mL of the network's cleared"
    told: list[tuple[str, str]] = [("Labelled volume by", words)]
    if model is not None:
        told.insert(0, ("Network", model.title))
    if seconds >= 1:
        told.append(("Correcting took", _time(seconds)))
    return tuple(told)


def _title(author: Author) -> str:
    return author.title if author.kind != "consensus" else f"consensus ({author.title})"


def _percent(percent: float) -> str:
    """One decimal; a trace is no nothing, and nearly all is not all."""
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.1f} %"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s of active editing"
    return f"{seconds / 60:.0f} min of active editing"
