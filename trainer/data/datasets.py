"""Data sets on disk, in the layouts of the field: where each case's scan and labels are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from kidview.cases import RECORD_FILE, CaseStore, Status
from kidview.core.errors import ReadError

_SUFFIXES = (".nii.gz", ".nii")


@dataclass(frozen=True)
class Case:
    """One case of a data set.

    Parameters
    ----------
    name : str
    image, labels : Path or None
        At least one is there.
    patient : str
        Whose scan it is; scans of one patient stand on one side of the split.
    """

    name: str
    image: Path | None
    labels: Path | None
    patient: str = ""

    def __post_init__(self) -> None:
        """A case of which no patient is known is a patient's only one."""
        object.__setattr__(self, "patient", self.patient or self.name)


@dataclass(frozen=True)
class Layout:
    """A way in which data sets lie on disk.

    Parameters
    ----------
    name : str
    find : callable
        Folder to its cases; none where the folder is laid out otherwise.
    """

    name: str
    find: Callable[[Path], list[Case]]


def _kits23(folder: Path) -> list[Case]:
    """``case_00000/imaging.nii.gz`` and ``segmentation.nii.gz``, maybe below ``dataset``."""
    root = folder / "dataset" if (folder / "dataset").is_dir() else folder
    found = []
    for inside in sorted(root.glob("case_*")):
        image, labels = (_there(inside / f"{name}.nii.gz") for name in ("imaging", "segmentation"))
        if image or labels:
            found.append(Case(inside.name, image, labels))
    return found


def _nnunet_raw(folder: Path) -> list[Case]:
    """``imagesTr/NAME_0000.nii.gz`` and ``labelsTr/NAME.nii.gz``."""
    found = []
    for image in sorted((folder / "imagesTr").glob("*_0000.nii.gz")):
        name = image.name.removesuffix("_0000.nii.gz")
        found.append(Case(name, image, _there(folder / "labelsTr" / f"{name}.nii.gz")))
    return found


def _case_store(folder: Path) -> list[Case]:
    """KidView's corrected and approved cases; their corrected masks are the labels."""
    if not any(folder.glob(f"*/{RECORD_FILE}")):
        return []  # not even looked at: the list of a store is a file that would be written
    store, found = CaseStore(folder), []
    for row in store.rows():
        if row.status in (Status.CORRECTED, Status.APPROVED):
            case = store.read(row.case_id)
            assert case.corrected is not None  # a record with that status has one
            inside = folder / case.case_id
            image = inside / case.image.file if case.image.file else Path(case.image.local_path)
            mask = inside / case.corrected.mask.file
            found.append(Case(case.case_id, image, mask, case.patient))
    return found


def _flat(folder: Path) -> list[Case]:
    """``NAME.nii.gz`` and ``NAME_seg.nii.gz``; in a folder without the latter all are labels."""
    stems = by_name((file_stem(path), path) for path in nifti_files(folder))
    if not any(stem.endswith("_seg") for stem in stems):
        return [Case(stem, None, path) for stem, path in stems.items()]
    names = sorted({stem.removesuffix("_seg") for stem in stems})
    return [Case(name, stems.get(name), stems.get(f"{name}_seg")) for name in names]


def nifti_files(folder: Path) -> list[Path]:
    """The NIfTI files right in a folder, sorted."""
    return sorted(p for p in folder.iterdir() if p.name.endswith(_SUFFIXES))


def file_stem(path: Path) -> str:
    """A file's name without ``.nii.gz`` or ``.nii``; other dots belong to the name."""
    for suffix in _SUFFIXES:
        if path.name.endswith(suffix):
            return path.name.removesuffix(suffix)
    return path.name


def by_name(named: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    """Paths by the names of their cases.

    Raises
    ------
    ReadError
        Two files have one name.
    """
    found: dict[str, Path] = {}
    for name, path in named:
        if name in found and found[name] != path:
            places = f"{found[name]} and {path}"
            raise ReadError(f"two files are called {name}: {places}", "keep or name one of them")
        found[name] = path
    return found


LAYOUTS = (
    Layout("KiTS23", _kits23),
    Layout("nnU-Net raw", _nnunet_raw),
    Layout("KidView cases", _case_store),
    Layout("flat", _flat),
)


def find_cases(folder: Path) -> tuple[str, list[Case]]:
    """The layout of a data set and its cases, by name.

    Raises
    ------
    ReadError
        The folder is missing, holds no case in any known layout, or two of one name.
    """
    if not folder.is_dir():
        raise ReadError(f"there is no folder {folder}", "name the folder of the data set")
    found = look_for_cases(folder)
    if found is None:
        known = ", ".join(layout.name for layout in LAYOUTS)
        raise ReadError(f"{folder.name} holds no cases", f"layouts that are known: {known}")
    return found


def look_for_cases(folder: Path) -> tuple[str, list[Case]] | None:
    """As `find_cases`; None where the folder is missing or holds no case.

    Raises
    ------
    ReadError
        Cases cannot be told apart.
    """
    if not folder.is_dir():
        return None
    for layout in LAYOUTS:
        cases = layout.find(folder)
        if cases:
            return layout.name, cases
    return None


def _there(path: Path) -> Path | None:
    return path if path.is_file() else None
