"""Folders of cases in any known layout: where each case's scan and mask are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from kidview.cases.layouts import flat, kits23, nnunet, stored
from kidview.cases.layouts.set_case import SetCase
from kidview.core.errors import ReadError

FOLDERS: tuple[tuple[str, Callable[[Path], Sequence[SetCase]]], ...] = (
    (kits23.LAYOUT.title, kits23.find),
    (nnunet.LAYOUT.title, nnunet.find),
    ("KidView cases", stored.find),
    ("flat", flat.find),
)
"""Title of a layout, and what finds the cases of a folder; none where it is laid out otherwise."""


def find_cases(folder: Path) -> tuple[str, list[SetCase]]:
    """The layout of a data set and its cases, by name.

    Raises
    ------
    ReadError
        The folder is missing, holds no case in any known layout, or two of one name.
    CaseError
        A record of a store is unusable.
    """
    if not folder.is_dir():
        raise ReadError(f"there is no folder {folder}", "name the folder of the data set")
    found = look_for_cases(folder)
    if found is None:
        known = ", ".join(title for title, _ in FOLDERS)
        raise ReadError(f"{folder.name} holds no cases", f"layouts that are known: {known}")
    return found


def look_for_cases(folder: Path) -> tuple[str, list[SetCase]] | None:
    """As `find_cases`; None where the folder is missing or holds no case.

    Raises
    ------
    ReadError
        Cases cannot be told apart.
    CaseError
    """
    if not folder.is_dir():
        return None
    for title, find in FOLDERS:
        cases = find(folder)
        if cases:
            return title, list(cases)
    return None
