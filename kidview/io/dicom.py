"""DICOM: series in folders, archives and multi-frame files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.errors import UnknownFormat
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io.found import Found
from kidview.io.parts import Files, Part
from kidview.io.values import Block

SNIFF_BYTES = 132


def is_dicom(head: bytes) -> bool:
    """Whether the first bytes of a file are those of a DICOM file."""
    return head[128:132] == b"DICM"


def find(path: Path, parts: Sequence[Part], files: Files, task: Task) -> tuple[Found, ...]:
    """The series in a set of files."""
    return ()


def find_series_of(path: Path, files: Files, task: Task) -> tuple[Found, ...]:
    """The series a file belongs to."""
    raise UnknownFormat(f"{path.name} is DICOM, which is not read yet", "convert it")


def read(found: Found, files: Files, task: Task) -> Volume:
    """Read a series."""
    raise UnknownFormat(f"{found.path.name} is DICOM, which is not read yet", "convert it")


def middle_plane(found: Found, files: Files) -> tuple[Block, np.ndarray[Any, Any]]:
    """The middle slice."""
    raise UnknownFormat(f"{found.path.name} is DICOM, which is not read yet", "convert it")
