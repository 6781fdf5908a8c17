"""Files beside each other: ``NAME.nii.gz`` and ``NAME_seg.nii.gz``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kidview.cases.layouts.set_case import SetCase
from kidview.core.errors import ReadError

_SUFFIXES = (".nii.gz", ".nii")


def find(folder: Path) -> list[SetCase]:
    """The cases of a folder; where no file ends in ``_seg`` all are labels.

    Raises
    ------
    ReadError
        Two files have one name.
    """
    stems = by_name((file_stem(path), path) for path in nifti_files(folder))
    if not any(stem.endswith("_seg") for stem in stems):
        return [SetCase(stem, None, path) for stem, path in stems.items()]
    names = sorted({stem.removesuffix("_seg") for stem in stems})
    return [SetCase(name, stems.get(name), stems.get(f"{name}_seg")) for name in names]


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
