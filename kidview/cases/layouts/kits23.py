"""KiTS23: ``case_00000/imaging.nii.gz`` and ``segmentation.nii.gz``, and our ``cases.csv``.

Arrays run as in the challenge: i, j, k to inferior, posterior, left, so that nibabel gives
(z, y, x) as the slices are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kidview.cases.case import Case
from kidview.cases.layouts.layout import Imported, Layout, Telling
from kidview.cases.layouts.listing import read_listing, write_listing
from kidview.cases.layouts.pairs import import_pairs, write_pair
from kidview.cases.layouts.set_case import SetCase
from kidview.cases.layouts.target import whole_folder
from kidview.cases.status import Status
from kidview.cases.store import CaseStore
from kidview.core.task import Task
from kidview.core.volume import AxisOrder

_IPL = AxisOrder((0, 1, 2), (True, True, True))
_IMAGE, _LABELS = "imaging.nii.gz", "segmentation.nii.gz"


def write(store: CaseStore, cases: Sequence[Case], target: Path, task: Task) -> dict[str, str]:
    """Write a set; see `Layout`."""
    named = [(f"case_{n:05d}", case) for n, case in enumerate(cases)]
    with whole_folder(target) as folder:
        for n, (name, case) in enumerate(named):
            (folder / name).mkdir()
            part = task.part(n / len(cases), (n + 1) / len(cases))
            image, labels = folder / name / _IMAGE, folder / name / _LABELS
            write_pair(store, case, image, labels, _IPL, part)
        write_listing(folder, named)
    return {case.case_id: name for name, case in named}


def is_at(path: Path) -> bool:
    """Whether a folder, or ``dataset`` in it, holds such cases."""
    return next(_folders(path), None) is not None


def read(store: CaseStore, path: Path, telling: Telling, task: Task) -> Imported:
    """Read a set; a case without a segmentation becomes one without a mask."""
    return import_pairs(store, find(path), telling, task)


def find(path: Path) -> list[SetCase]:
    """The cases of a set, by name.

    Raises
    ------
    BrokenFile
        Our list of cases is damaged.
    """
    ids = read_listing(_root(path))
    return [
        SetCase(
            folder.name,
            _there(folder / _IMAGE),
            _there(folder / _LABELS),
            ids.get(folder.name, ""),
        )
        for folder in sorted(_folders(path))
    ]


def _root(path: Path) -> Path:
    return path / "dataset" if (path / "dataset").is_dir() else path


def _folders(path: Path) -> filter[Path]:
    return filter(_is_case, _root(path).glob("case_*"))


def _is_case(folder: Path) -> bool:
    return (folder / _IMAGE).is_file() or (folder / _LABELS).is_file()


def _there(path: Path) -> Path | None:
    return path if path.is_file() else None


LAYOUT = Layout(
    "kits23",
    "KiTS23",
    target=r".+",
    example="our_kits",
    statuses=frozenset({Status.APPROVED, Status.CORRECTED}),
    write=write,
    is_at=is_at,
    read=read,
)
