"""What is known of a case, as frozen records; no files here."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from kidview.cases.status import Status
from kidview.core.geometry import Geometry
from kidview.core.labels import LABELS
from kidview.core.modelcard import ModelCard

IMAGE_FILE = "image.nii.gz"
AuthorKind = Literal["model", "person", "consensus"]


@dataclass(frozen=True)
class Image:
    """The scan of a case: copied into its folder, or left where it lies.

    Parameters
    ----------
    sha256 : str
        Of the voxels in HU and their shape, however they are packed into a file.
    file : str
        Name of the copy in the case's folder; "" for a scan that is referred to.
    local_path : str
        Where a scan lies that is referred to; "" for a copy. Holds on this machine only and
        may tell a name: it never leaves the store, see `Case.without_local`.
    """

    sha256: str
    file: str = ""
    local_path: str = ""


@dataclass(frozen=True)
class StoredFile:
    """A file in the case's folder and its sha256."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Corrected:
    """The mask a person made, and who set each of its voxels.

    Parameters
    ----------
    mask : StoredFile
    origin : StoredFile
        uint8 on the mask's grid, its codes are the case's authors; see `cases.origin`.
    """

    mask: StoredFile
    origin: StoredFile


@dataclass(frozen=True)
class Reading:
    """A mask that one reader made alone, without sight of what others made.

    Parameters
    ----------
    by : str
        Name of the reader.
    at : str
        UTC, ISO 8601.
    mask : StoredFile
    """

    by: str
    at: str
    mask: StoredFile


@dataclass(frozen=True)
class Author:
    """Who can set a voxel.

    Parameters
    ----------
    kind : "model", "person" or "consensus"
    name : str
        Of a consensus: its method and its readers.
    version, sha256 : str
        Of a model; "" for all others.
    """

    kind: AuthorKind
    name: str
    version: str = ""
    sha256: str = ""

    @classmethod
    def of_model(cls, card: ModelCard) -> Author:
        """A model; its sha256 is another one when any of its networks is another one."""
        networks = "".join(step.sha256 for step in card.steps)
        return cls("model", card.name, card.version, hashlib.sha256(networks.encode()).hexdigest())

    @property
    def title(self) -> str:
        """Name, and version where there is one."""
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True)
class Move:
    """A step in a case's life: which status, by whom, when (UTC, ISO 8601)."""

    status: Status
    by: str
    at: str


@dataclass(frozen=True)
class Case:
    """A scan with what a network and people made of it.

    Parameters
    ----------
    case_id : str
        Name of its folder: the patient's pseudonym and a number.
    patient : str
        Pseudonym, one for all scans of a patient.
    image : Image
    geometry : Geometry
        The grid of the scan and of every mask.
    created, changed : str
        UTC, ISO 8601.
    application : str
        Version of KidView that wrote the record.
    revision : int
        Counts the changes from 1; a change of an older state is refused.
    labels : dict
        Name of each value a mask may hold.
    authors : tuple of Author
        Number n of them has code n in the map of origins.
    prediction : StoredFile or None
        What the network proposed.
    model : int
        Code of the author of the prediction; 0 where there is none.
    doubt : float or None
        Of the prediction, as `core.uncertainty` counts it; None where nothing told it.
    corrected : Corrected or None
    readings : tuple of Reading
        At most one of each reader, in the order they were kept.
    history : tuple of Move
        Every status there was; the last is the present one.
    reviewer : str
        Who approved or rejected; "" otherwise.
    seconds : float
        Of active editing, all sessions together.
    operations : dict
        How often each tool was used.
    notes : str
    """

    case_id: str
    patient: str
    image: Image
    geometry: Geometry = field(compare=False)
    created: str
    changed: str
    application: str
    history: tuple[Move, ...]
    revision: int = 1
    labels: Mapping[int, str] = field(default_factory=lambda: {row.id: row.name for row in LABELS})
    authors: tuple[Author, ...] = ()
    prediction: StoredFile | None = None
    model: int = 0
    doubt: float | None = None
    corrected: Corrected | None = None
    readings: tuple[Reading, ...] = ()
    reviewer: str = ""
    seconds: float = 0.0
    operations: Mapping[str, int] = field(default_factory=dict)
    notes: str = ""

    @property
    def status(self) -> Status:
        """How far the case is."""
        return self.history[-1].status

    @property
    def model_author(self) -> Author | None:
        """Who made the prediction."""
        return self.authors[self.model - 1] if self.model else None

    @property
    def correctors(self) -> tuple[str, ...]:
        """Everybody who saved a corrected mask, in the order they came."""
        return tuple(author.name for author in self.authors if author.kind == "person")

    @property
    def has_consensus(self) -> bool:
        """Whether the corrected mask is a consensus of readers, or was made of one."""
        return any(author.kind == "consensus" for author in self.authors)

    @property
    def makers(self) -> tuple[str, ...]:
        """Everybody whose work is in the corrected mask: they cannot approve it."""
        readers = (reading.by for reading in self.readings)
        return (*self.correctors, *readers) if self.has_consensus else self.correctors

    @property
    def files(self) -> frozenset[str]:
        """Names of the files that belong to the case, its record apart."""
        found = {self.image.file} - {""}
        if self.prediction is not None:
            found.add(self.prediction.file)
        if self.corrected is not None:
            found |= {self.corrected.mask.file, self.corrected.origin.file}
        return frozenset(found | {reading.mask.file for reading in self.readings})

    def without_local(self) -> Case:
        """The case as it may leave this machine: its scan must travel as `IMAGE_FILE`."""
        return replace(self, image=Image(self.image.sha256, IMAGE_FILE))


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one, whatever their capitals, spaces and ways of writing é."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
