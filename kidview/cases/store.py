"""The case store: one folder with a folder for each case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from kidview import __version__
from kidview.cases.adding import Details, add_case
from kidview.cases.case import Author, Case, Corrected, Reading, StoredFile, is_same_person
from kidview.cases.fit import refuse_misfit
from kidview.cases.folder import (
    read_image,
    read_map,
    sweep,
    voxels_sha256,
    write_map,
    write_pair,
    write_record,
)
from kidview.cases.index import CaseRow, case_with_image, note_damage, rows_of
from kidview.cases.lock import locked
from kidview.cases.moves import move, now, refuse_closed, with_reason
from kidview.cases.origin import MOST_AUTHORS, origin_after, origin_of_prediction
from kidview.cases.readings import refuse_reader, with_consensus, with_reading
from kidview.cases.record import RECORD_FILE, read_record
from kidview.cases.status import Status
from kidview.core.errors import CaseChanged, CaseError, GridMismatch, KidViewError
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.task import Task
from kidview.core.types import LabelArray, MaskArray
from kidview.core.volume import Volume


class CaseStore:
    """Cases in a folder: listed, read, and changed one step at a time.

    A `Case` is what the record said when it was read. Every change takes it, returns the next
    one, and is refused if somebody else changed the case meanwhile.

    Parameters
    ----------
    folder : Path
        Made when the first case is added.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # -- looking ------------------------------------------------------------

    def rows(self) -> tuple[CaseRow, ...]:
        """The list of cases, ordered by id; an unusable case is a row with an error."""
        return rows_of(self.folder)

    def find(self, volume: Volume) -> str | None:
        """Id of the case that holds this very scan, whatever its file is called."""
        return case_with_image(self.folder, voxels_sha256(volume))

    def read(self, case_id: str) -> Case:
        """A case's record.

        Raises
        ------
        CaseError
            No such case, or the record is unusable; names file and field.
        """
        return read_record(self._folder_of(case_id) / RECORD_FILE)

    def load_image(self, case: Case, task: Task | None = None) -> Volume:
        """The scan, proved to be the one the case was made with."""
        with self._noting(case, case.image.file or case.image.local_path):
            return read_image(case, self._folder_of(case.case_id), task or Task())

    def load_prediction(self, case: Case) -> LabelMap:
        """The network's mask; raises CaseError where there is none."""
        if case.prediction is None:
            raise CaseError(f"case {case.case_id} has no prediction", "run a model on it first")
        return self._read_map(case, case.prediction)

    def load_corrected(self, case: Case) -> LabelMap:
        """The mask a person made; raises CaseError where there is none."""
        return self._read_map(case, self._corrected(case).mask)

    def load_reading(self, case: Case, reading: Reading) -> LabelMap:
        """A mask that a reader made alone; one of `cases.readings.readings_of`."""
        return self._read_map(case, reading.mask)

    def load_origin(self, case: Case) -> LabelArray:
        """Who set each voxel of the corrected mask.

        Returns
        -------
        (Z, Y, X) uint8, read-only
            0 nobody, n author n of the case; see `cases.origin`.
        """
        return self._read_map(case, self._corrected(case).origin, len(case.authors)).array

    # -- changing -----------------------------------------------------------

    def add(
        self,
        volume: Volume,
        *,
        refer: bool = False,
        patient: str = "",
        labels: LabelMap | None = None,
        by: str = "",
        task: Task | None = None,
    ) -> Case:
        """Make a case of a scan.

        Parameters
        ----------
        volume : Volume
        refer : bool
            Leave the scan where it lies and keep its path, instead of copying it.
        patient : str
            Whatever tells the patient apart, where the file does not; it is not kept. Or the
            pseudonym of a patient of this store.
        labels : LabelMap, optional
            A mask that a person made of it; the case is "corrected" then.
        by : str
            Name of that person.
        task : Task, optional

        Raises
        ------
        CaseError
            The scan is a case already, cannot be referred to, tells another patient itself, or
            nobody is named for the mask.
        GridMismatch
            The labels lie on another grid than the scan.
        WriteError
            Nothing was added then.
        """
        details = Details(refer, patient.strip(), labels=labels, by=by.strip())
        return add_case(self.folder, volume, details, task or Task())

    def write_prediction(
        self,
        case: Case,
        labels: LabelMap,
        model: Author,
        task: Task | None = None,
        doubt: float | None = None,
    ) -> Case:
        """Keep what a network proposes, and how unsure it was; a new case becomes "segmented".

        Raises
        ------
        CaseError
            A reviewer has decided about the case, or somebody else changed it.
        GridMismatch
            The labels lie on another grid than the scan.
        WriteError
            The case is as it was then.
        """
        refuse_closed(case)
        refuse_misfit(labels, case.geometry, case.labels, f"case {case.case_id}")
        with self._changing(case) as folder:
            new, code = _with_author(case, model)
            name = f"prediction-{case.revision + 1}.nii.gz"
            stored = write_map(labels.array, case.geometry, folder, name, task or Task())
            new = replace(new, prediction=stored, model=code, doubt=doubt)
            if case.status is Status.NEW:
                new = move(new, Status.SEGMENTED, model.title)
            return self._commit(new)

    def write_corrected(
        self,
        case: Case,
        labels: LabelMap,
        painted: MaskArray,
        by: str,
        *,
        seconds: float = 0.0,
        operations: Mapping[str, int] | None = None,
        task: Task | None = None,
    ) -> Case:
        """Keep a person's mask and who set each of its voxels; the case is "in correction" then.

        Parameters
        ----------
        case : Case
        labels : LabelMap
        painted : (Z, Y, X) bool
            Voxels the person set, even to the label they had; `cases.origin` says what it
            means for the others.
        by : str
            Name of the person.
        seconds : float
            Of active editing since the last save.
        operations : dict, optional
            How often each tool was used since the last save.
        task : Task, optional

        Raises
        ------
        CaseError
            A reviewer has decided about the case, or somebody else changed it.
        GridMismatch
            Labels or painted voxels lie on another grid than the scan.
        WriteError
            The case is as it was then.
        """
        refuse_closed(case)
        refuse_misfit(labels, case.geometry, case.labels, f"case {case.case_id}")
        if painted.shape != case.geometry.shape_zyx:
            raise GridMismatch(
                "the painted voxels are not the scan's", "this is a fault, report it"
            )
        if not by.strip():
            raise CaseError("nobody is named for the correction", "give a name")
        with self._changing(case) as folder:
            new, person = _with_author(case, Author("person", by.strip()))
            codes = self._origin_after(case, labels.array, painted, person)
            number = case.revision + 1
            corrected = write_pair(
                labels.array, codes, case.geometry, folder, number, task or Task()
            )
            new = replace(
                new,
                corrected=corrected,
                seconds=case.seconds + seconds,
                operations=dict(Counter(case.operations) + Counter(operations or {})),
            )
            if case.status is not Status.IN_CORRECTION:
                new = move(new, Status.IN_CORRECTION, by)
            return self._commit(new)

    def write_reading(
        self, case: Case, labels: LabelMap, by: str, task: Task | None = None
    ) -> Case:
        """Keep a mask that a reader made alone, in place of an older one of theirs.

        The corrected mask and the status stay as they are.

        Raises
        ------
        CaseError
            The reader has seen the corrected mask, the case is rejected, or somebody else
            changed it.
        GridMismatch
            The labels lie on another grid than the scan.
        WriteError
            The case is as it was then.
        """
        refuse_reader(case, by)
        refuse_misfit(labels, case.geometry, case.labels, f"case {case.case_id}")
        with self._changing(case) as folder:
            name = f"reading-{case.revision + 1}.nii.gz"
            stored = write_map(labels.array, case.geometry, folder, name, task or Task())
            return self._commit(with_reading(case, Reading(by.strip(), now(), stored)))

    def write_consensus(
        self,
        case: Case,
        labels: LabelMap,
        painted: MaskArray,
        author: Author,
        by: str,
        task: Task | None = None,
    ) -> Case:
        """Keep a consensus as the corrected mask; `cases.consensus` makes them.

        Parameters
        ----------
        case : Case
        labels : LabelMap
        painted : (Z, Y, X) bool
            Voxels that any reader labelled: they are the consensus' own.
        author : Author
            The consensus.
        by : str
            Who asked for it.
        task : Task, optional

        Raises
        ------
        CaseError
            The case is closed, or somebody else changed it.
        WriteError
            The case is as it was then.
        """
        refuse_misfit(labels, case.geometry, case.labels, f"case {case.case_id}")
        with self._changing(case) as folder:
            new, code = _with_author(case, author)
            codes = self._origin_after(case, labels.array, painted, code)
            number = case.revision + 1
            pair = write_pair(labels.array, codes, case.geometry, folder, number, task or Task())
            new = replace(with_consensus(case, pair), authors=new.authors)
            new = move(move(new, Status.IN_CORRECTION, by), Status.CORRECTED, by)
            return self._commit(new)

    def set_status(self, case: Case, status: Status, by: str, why: str = "") -> Case:
        """Move a case on; raises CaseError where the table or the second name forbids it.

        A reason is added to the notes, with the step, the name and the day.
        """
        moved = with_reason(move(case, status, by), why)
        with self._changing(case):
            return self._commit(moved)

    def write_notes(self, case: Case, notes: str) -> Case:
        """Keep a text about the case; it must hold no names."""
        with self._changing(case):
            return self._commit(replace(case, notes=notes))

    # -- inside -------------------------------------------------------------

    def _folder_of(self, case_id: str) -> Path:
        return self.folder / case_id

    def _read_map(
        self, case: Case, stored: StoredFile, highest: int = max(LABEL_NAMES)
    ) -> LabelMap:
        with self._noting(case, stored.file):
            return read_map(case, stored, self._folder_of(case.case_id), highest)

    @contextmanager
    def _noting(self, case: Case, file: str) -> Iterator[None]:
        """Let the list tell whether a file of the case is damaged, as reading it shows."""
        try:
            yield
        except KidViewError as error:
            with suppress(CaseError):
                if self.read(case.case_id).revision == case.revision:
                    note_damage(self.folder, case.case_id, file, str(error))
            raise
        note_damage(self.folder, case.case_id, file, "")

    @staticmethod
    def _corrected(case: Case) -> Corrected:
        if case.corrected is None:
            raise CaseError(f"case {case.case_id} has no corrected mask", "save a correction first")
        return case.corrected

    @contextmanager
    def _changing(self, case: Case) -> Iterator[Path]:
        """The case's folder, for nobody else; refused if the case is not as it was read."""
        with locked(self.folder):
            if self.read(case.case_id).revision != case.revision:
                raise CaseChanged(
                    f"case {case.case_id} was changed by somebody else meanwhile",
                    "read it again and look at what changed",
                )
            folder = self._folder_of(case.case_id)
            try:
                yield folder
            finally:  # whether it went well or not, the record in place says what is needed
                sweep(self.read(case.case_id), folder)

    def _commit(self, case: Case) -> Case:
        case = replace(case, revision=case.revision + 1, changed=now(), application=__version__)
        write_record(case, self._folder_of(case.case_id))
        return case

    def _origin_after(
        self, case: Case, labels: LabelArray, painted: MaskArray, person: int
    ) -> LabelArray:
        proposed = None
        before = np.zeros(case.geometry.shape_zyx, np.uint8)
        if case.prediction is not None:
            before = self.load_prediction(case).array
            proposed = before, case.model
        if case.corrected is not None:
            before, origin = self.load_corrected(case).array, self.load_origin(case)
        else:
            origin = origin_of_prediction(before, case.model)
        return origin_after(origin, before, labels, painted, person, proposed)


def _with_author(case: Case, author: Author) -> tuple[Case, int]:
    """The case with an author, and the author's code; one code for all spellings of a name."""
    for code, known in enumerate(case.authors, start=1):
        both_persons = known.kind == author.kind == "person"
        if known == author or (both_persons and is_same_person(known.name, author.name)):
            return case, code
    if len(case.authors) == MOST_AUTHORS:
        raise CaseError(
            f"case {case.case_id} has {MOST_AUTHORS} authors, no code is left",
            "make a new store for its scan",
        )
    return replace(case, authors=(*case.authors, author)), len(case.authors) + 1
