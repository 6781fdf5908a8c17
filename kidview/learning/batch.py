"""A network outlines all cases that nobody looked at yet; stopped and started at will."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kidview.cases import Author, CaseStore, Status
from kidview.core.errors import KidViewError
from kidview.core.modelcard import ModelCard
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.segment import Proposal

Outline = Callable[[Volume, Task], Proposal]
"""What `Segmenter.run` does."""


@dataclass(frozen=True)
class Batch:
    """What came of a run over the new cases.

    Parameters
    ----------
    done : tuple of str
        Cases that are segmented now.
    failed : dict
        Case to the sentence that says why it is still new.
    """

    done: tuple[str, ...]
    failed: dict[str, str]

    def in_words(self) -> str:
        """One sentence for people."""
        count = "1 case" if len(self.done) == 1 else f"{len(self.done)} cases"
        told = f"{count} segmented"
        return f"{told}, {len(self.failed)} could not be" if self.failed else told


def segment_new(
    store: CaseStore,
    outline: Outline,
    card: ModelCard,
    task: Task,
    told: Callable[[str], None] = lambda case_id: None,
) -> Batch:
    """Outline every new case, in the order of the list.

    What is done is in the store at once, so that a run that was stopped, or whose machine
    went down, is simply started again. A case that fails stops no other.

    Parameters
    ----------
    store : CaseStore
    outline : callable
    card : ModelCard
        Of the network that outlines.
    task : Task
        A cancel is noticed within a tile.
    told : callable
        Gets the id of each case that was done.

    Raises
    ------
    Cancelled
    """
    waiting = [row.case_id for row in store.rows() if row.status is Status.NEW]
    author, done, failed = Author.of_model(card), [], {}
    for number, case_id in enumerate(waiting):
        part = task.part(number / len(waiting), (number + 1) / len(waiting))
        part.report(0.0, f"case {number + 1} of {len(waiting)}, {case_id}")
        try:
            case = store.read(case_id)
            volume = store.load_image(case, part.part(0.0, 0.1))
            proposal = outline(volume, part.part(0.1, 0.9))
            labels = proposal.as_label_map(volume.geometry)
            store.write_prediction(case, labels, author, part.part(0.9, 1.0), proposal.doubt)
        except KidViewError as error:
            failed[case_id] = str(error)
        else:
            done.append(case_id)
            told(case_id)
    return Batch(tuple(done), failed)
