"""A network's proposal that became labels, and which network it was."""

from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass

import numpy as np

from kidview.cases import Author
from kidview.core.box import Box
from kidview.core.errors import BrokenFile
from kidview.core.labels import LabelMap
from kidview.edit import Edit
from kidview.edit.journal import Record, box_of, unpacked
from kidview.segment import Proposal


@dataclass(frozen=True, eq=False)
class Accepted:
    """What a case keeps as its prediction."""

    proposal: Proposal
    author: Author


def edit_of(proposal: Proposal, labels: LabelMap, only_unlabelled: bool) -> Edit:
    """What accepting a proposal writes over labels: background, too, outside its box.

    Parameters
    ----------
    proposal : Proposal
    labels : LabelMap
    only_unlabelled : bool
        Keep every label there is and fill only background.
    """
    old = Box.tight(labels.array != 0)
    box = proposal.box if old is None else proposal.box.union(old)
    wanted = np.zeros(box.shape, np.uint8)
    wanted[proposal.box.seen_from(box).slices] = proposal.labels
    mask = labels.array[box.slices] == 0 if only_unlabelled else np.ones(box.shape, bool)
    return Edit(box, mask, wanted)


def accepted_record(accepted: Accepted | None) -> Record:
    """For a journal; None tells that a case holds it."""
    if accepted is None:
        return Record("accepted", {"box": None})
    proposal = accepted.proposal
    fields = {
        "box": [*proposal.box.start, *proposal.box.stop],
        "voxel_ml": proposal.voxel_ml,
        "model": proposal.model,
        "provider": proposal.provider,
        "elapsed_s": proposal.elapsed_s,
        "notes": list(proposal.notes),
        "author": asdict(accepted.author),
    }
    return Record("accepted", fields, (zlib.compress(proposal.labels.tobytes(), 1),))


def accepted_of(record: Record) -> Accepted | None:
    """From a journal; how unsure the network was is not kept there.

    Raises
    ------
    BrokenFile
        The record is another one's.
    """
    row = dict(record.fields)
    try:
        if row["box"] is None:
            return None
        box, author = box_of(row.pop("box")), Author(**row.pop("author"))
        row["notes"] = tuple(row["notes"])
        return Accepted(Proposal(box, unpacked(record.blobs[0], box), **row), author)
    except (KeyError, IndexError, TypeError, ValueError, zlib.error) as error:
        raise BrokenFile(
            "an accepted proposal of the journal makes no sense", "accept it again"
        ) from error
