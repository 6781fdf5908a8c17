"""A case of a set of cases as it lies on disk, and how its files are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kidview.cases.folder import voxels_sha256
from kidview.core.errors import ReadError
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.types import MaskArray
from kidview.core.volume import Volume
from kidview.io import read_labels, read_scan


@dataclass(frozen=True)
class SetCase:
    """A case of a set.

    Parameters
    ----------
    name : str
    image, labels : Path or None
        At least one is there.
    case_id : str
        What the set says it was in the store it comes from; "" where it says nothing.
    """

    name: str
    image: Path | None
    labels: Path | None
    case_id: str = ""

    @property
    def patient(self) -> str:
        """Whose scan it is; where nothing is known of that, a patient of its own."""
        return self.case_id.rpartition("-")[0] or self.name

    @property
    def files(self) -> tuple[Path, ...]:
        """Its files; where one of them changes it has to be read again."""
        return tuple(path for path in (self.image, self.labels) if path is not None)

    def prove(self, task: Task) -> None:
        """Raise CaseError unless its files are those the set knows; most sets know nothing."""

    def read_image(self, task: Task) -> Volume:
        """The scan.

        Raises
        ------
        ReadError
        """
        if self.image is None or not self.image.is_file():
            raise ReadError(f"{self.name} has no scan", "the set is incomplete: copy it again")
        return read_scan(self.image, task)

    def voxels_sha256(self, task: Task) -> str:
        """Of the scan's HU and shape: the same under whatever name and packing; raises as above."""
        return voxels_sha256(self.read_image(task))

    def read_labels(self, scan: Volume, task: Task) -> LabelMap:
        """The mask, on the grid of its scan.

        Raises
        ------
        ReadError
        GridMismatch
            It lies on another grid.
        """
        if self.labels is None:
            raise ReadError(f"{self.name} has no mask", "the set is incomplete: copy it again")
        return read_labels(self.labels, scan.geometry, scan.source, task)

    def read_changed(self, labels: LabelMap) -> MaskArray | None:
        """Where people made something else of it than a network proposed; None: nobody knows.

        Parameters
        ----------
        labels : LabelMap
            The mask of the case.

        Returns
        -------
        (Z, Y, X) bool or None
        """
        return None
