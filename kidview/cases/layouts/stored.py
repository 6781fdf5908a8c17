"""KidView's own case store as a set: its corrected and approved cases, every file proved."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kidview.cases.case import Case
from kidview.cases.layouts.set_case import SetCase
from kidview.cases.origin import changed_by_people
from kidview.cases.record import RECORD_FILE
from kidview.cases.status import NEEDS_CORRECTED
from kidview.cases.store import CaseStore
from kidview.core.errors import CaseError
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.types import MaskArray
from kidview.core.volume import Volume


@dataclass(frozen=True)
class StoredCase(SetCase):
    """A corrected case of a store.

    The store reads its files, so that one that is not the record's is refused.

    Parameters
    ----------
    store : CaseStore
    record : Case
    """

    store: CaseStore = field(kw_only=True)
    record: Case = field(kw_only=True)

    @property
    def files(self) -> tuple[Path, ...]:
        """Scan, corrected mask and record."""
        return (*super().files, self.store.folder / self.name / RECORD_FILE)

    def prove(self, task: Task) -> None:
        """Raise CaseError unless scan and corrected mask are those of the record."""
        self.store.load_corrected(self.record)
        self.store.load_image(self.record, task)

    def read_image(self, task: Task) -> Volume:
        """The scan; raises CaseError where it is not the record's."""
        return self.store.load_image(self.record, task)

    def voxels_sha256(self, task: Task) -> str:
        """As the record tells it, without a look at the scan."""
        return self.record.image.sha256

    def read_labels(self, scan: Volume, task: Task) -> LabelMap:
        """The corrected mask; raises CaseError where it is not the record's."""
        return self.store.load_corrected(self.record)

    def read_changed(self, labels: LabelMap) -> MaskArray | None:
        """Voxels that are people's and not what the network proposed; raises CaseError."""
        record = self.record
        proposed = self.store.load_prediction(record).array if record.prediction else None
        people = [n for n, one in enumerate(record.authors, start=1) if one.kind != "model"]
        return changed_by_people(self.store.load_origin(record), labels.array, people, proposed)


def find(folder: Path) -> list[StoredCase]:
    """The corrected and approved cases of a store; none where the folder is no store.

    Raises
    ------
    CaseError
        Not one of its records can be used.
    """
    if not any(folder.glob(f"*/{RECORD_FILE}")):
        return []  # not even looked at: the list of a store is a file that would be written
    store = CaseStore(folder)
    rows = store.rows()
    if rows and all(row.error for row in rows):
        what, _, hint = rows[0].error.partition(" - ")
        raise CaseError(what, hint)
    finished = [row.case_id for row in rows if row.status in NEEDS_CORRECTED]
    return [_listed(store, store.read(case_id)) for case_id in finished]


def _listed(store: CaseStore, case: Case) -> StoredCase:
    inside = store.folder / case.case_id
    image = inside / case.image.file if case.image.file else Path(case.image.local_path)
    assert case.corrected is not None  # a record with that status has one
    mask = inside / case.corrected.mask.file
    return StoredCase(case.case_id, image, mask, case.case_id, store=store, record=case)
