"""What an edit did and what is open, in words for bars and titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kidview.core.errors import KidViewError
from kidview.core.labels import LABEL_NAMES
from kidview.edit import Step
from kidview.session import PLANES, Session

_MOST_RUNS = 4


def open_name(session: Session) -> str:
    """What the open scan is called: a case's pseudonym, else its file; "" for none."""
    if session.volume is None:
        return ""
    return session.volume.source.path.name if session.case is None else session.case.case_id


def step_in_words(step: Step, voxel_ml: float) -> str:
    """The step and what each label gained: "Brush, tumour: tumour +3.1 mL, kidney -3.1 mL"."""
    return f"{step.title}: {gained_in_words(step.gained, voxel_ml)}"


def gained_in_words(gained: Mapping[int, int], voxel_ml: float) -> str:
    """Volumes labels gained: "tumour +3.1 mL, kidney -3.1 mL"."""
    changes = [
        f"{LABEL_NAMES.get(label, label)} {signed_ml(voxels * voxel_ml)}"
        for label, voxels in sorted(gained.items(), key=lambda item: -item[1])
        if label != 0
    ]
    return ", ".join(changes) or "no volume changed"


def slices_in_words(runs: Sequence[tuple[int, int]], axis: int) -> str:
    """Slices from first to last index, as they are counted: "axial slices 12–18, 31"."""
    shown = [f"{a + 1}–{b + 1}" if b > a else f"{a + 1}" for a, b in runs[:_MOST_RUNS]]
    more = f" and {len(runs) - _MOST_RUNS} more places" if len(runs) > _MOST_RUNS else ""
    is_one = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f"{PLANES[axis]} slice{'' if is_one else 's'} {', '.join(shown)}{more}"


def as_sentence(words: str) -> str:
    """With a capital, unless it starts with a file's name, and a full stop."""
    is_name = "." in words.split(" ", 1)[0]
    stop = "" if words.endswith((".", "?", "…")) else "."
    return f"{words if is_name else words[:1].upper() + words[1:]}{stop}"


def as_words(error: KidViewError) -> str:
    """An error for the status bar: "Kidney is locked: unlock it in the list of labels"."""
    return f"{error.what[:1].upper()}{error.what[1:]}: {error.hint}"


def signed_ml(volume_ml: float) -> str:
    """ "+3.10 mL", "−36.8 mL"."""
    return f"{'+' if volume_ml >= 0 else '−'}{in_ml(abs(volume_ml))}"


def in_ml(volume_ml: float) -> str:
    """Three digits as far as they mean something; a voxel or two is "< 0.01 mL"."""
    if volume_ml < 0.005:
        return "< 0.01 mL"
    digits = 0 if volume_ml >= 100 else 1 if volume_ml >= 10 else 2
    return f"{volume_ml:.{digits}f} mL"
