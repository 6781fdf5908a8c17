"""What a model already knew, kept at hand so that it is not forgotten while it learns more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kidview.cases import look_for_cases, user_store

_DRAWN = "sample_*.npz"  # as kidview-train synth names them


@dataclass(frozen=True)
class ReplaySet:
    """Samples that are mixed in with the corrected cases.

    Parameters
    ----------
    folder : Path
    count : int
    layout : str
        Of a set of outlined scans; "" for drawn samples.
    """

    folder: Path
    count: int
    layout: str = ""

    def in_words(self) -> str:
        """ "120 drawn samples", "40 outlined scans (KiTS23)"."""
        one = "drawn sample" if not self.layout else "outlined scan"
        many = f"{self.count} {one}{'' if self.count == 1 else 's'}"
        return f"{many} ({self.layout})" if self.layout else many


def replay_folder() -> Path:
    """``replay`` in the user's folder for data; it may be missing."""
    return user_store().parent / "replay"


def find_replay(folder: Path) -> ReplaySet | None:
    """What may be replayed from a folder; None where there is nothing.

    Parameters
    ----------
    folder : Path
        Of drawn samples, or of outlined scans in any known layout.

    Raises
    ------
    ReadError, CaseError
        There is something that cannot be told apart, or a list in it is damaged.
    """
    drawn = len(list(folder.glob(_DRAWN)))
    if drawn:
        return ReplaySet(folder, drawn)
    found = look_for_cases(folder)
    if found is None:
        return None
    title, cases = found
    outlined = sum(case.image is not None and case.labels is not None for case in cases)
    return ReplaySet(folder, outlined, title) if outlined else None
