"""What a journal gives back: labels, history, and what hands had done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kidview.core.box import Box
from kidview.core.errors import BrokenFile
from kidview.core.labels import LabelMap
from kidview.edit import BoxDelta, History, Step
from kidview.edit.journal import Record, Replay, labels_of, read_records, step_record
from kidview.session.about import About
from kidview.session.accepted import Accepted, accepted_of
from kidview.session.effort import Effort, Spent
from kidview.session.work_folder import cut_tail, read_labels_beside


@dataclass(frozen=True, eq=False)
class Past:
    """The state of a session that ended unasked.

    Parameters
    ----------
    about : About
    revision : int
        Of the case when the session saw it last; 0 for a scan that is no case.
    voxels : int or None
        The scan's `fingerprint`.
    labels : LabelMap
    history : History
    saved : object
        The state of the history that was saved last.
    effort : Effort
    accepted : Accepted or None
    cut : int
        Bytes at the journal's end that were damaged, and were set aside.
    """

    about: About
    revision: int
    voxels: int | None
    labels: LabelMap
    history: History
    saved: object
    effort: Effort
    accepted: Accepted | None
    cut: int


@dataclass
class _Followed:
    """A journal up to its last good record."""

    about: About
    replay: Replay
    revision: int
    voxels: int | None = None
    accepted: Accepted | None = None
    end: int = 0
    appended: int = -1


def load_past(path: Path) -> Past:
    """Play a journal again, as far as it is whole.

    Parameters
    ----------
    path : Path
        Of the journal. A damaged end is cut off and kept beside it.

    Raises
    ------
    BrokenFile
        It tells neither a scan nor labels, or is gone.
    """
    beside = read_labels_beside(path)
    found = _follow(path, beside)
    if found.replay.labels is None and beside is not None:
        found = _join(_follow(path, None), labels_of(beside, found.about.geometry))
    replay = found.replay
    if replay.labels is None:
        raise BrokenFile("the labels a journal began with are damaged", "nothing can be restored")
    history = History.of(replay.steps, replay.count, replay.first)
    return Past(
        found.about,
        found.revision,
        found.voxels,
        replay.labels,
        history,
        history.state_of(replay.saved),
        Effort(spent=Spent(replay.seconds, replay.operations, ()), steps=replay.touched),
        found.accepted,
        cut_tail(path, found.end),
    )


def _follow(path: Path, beside: Record | None) -> _Followed:
    """Follow the records; labels from `beside` once its moment has come, else from the start."""
    found: _Followed | None = None
    try:
        for record, end in read_records(path):
            if found is None:
                about = About.from_fields(record.fields)
                found = _Followed(about, Replay(about.first), about.revision)
            else:
                _take(found, record, beside)
            found.end = end
    except (BrokenFile, KeyError, TypeError, ValueError):  # whole, but of another version
        if found is None:
            raise
    if found is None:
        raise BrokenFile("a journal does not say whose labels it keeps", "nothing can be restored")
    return found


def _take(found: _Followed, record: Record, beside: Record | None) -> None:
    if record.kind == "labels":
        if beside is None:
            found.replay.labels = labels_of(record, found.about.geometry)
    elif record.kind == "scan":
        found.voxels = int(record.fields["voxels"])
    elif record.kind == "case":
        found.revision = int(record.fields["revision"])
    elif record.kind == "accepted":
        found.accepted = accepted_of(record)
    found.replay.take(record)
    is_begun = record.kind == "begun" or found.appended >= 0
    found.appended += is_begun
    if beside is not None and is_begun and found.appended == beside.fields["appended"]:
        found.replay.labels = labels_of(beside, found.about.geometry)


def _join(found: _Followed, labels: LabelMap) -> _Followed:
    """Labels that are newer than the last good record, as one step more."""
    replay = found.replay
    if replay.labels is None:
        replay.labels, replay.saved = labels, None
        return found
    box = Box.tight(replay.labels.array != labels.array)
    if box is not None:
        old, new = replay.labels.array[box.slices], labels.array[box.slices]
        step = Step("Recovered labels", (BoxDelta.between(box, old, new),))
        replay.take(step_record(replay.count, step))
    return found
