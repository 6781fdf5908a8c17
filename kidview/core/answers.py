"""What a person answers about a lesion where its outline cannot tell."""

from __future__ import annotations

from dataclasses import dataclass, fields

from kidview.core.types import Triple

FACES = {"a": "anterior", "p": "posterior", "x": "neither anterior nor posterior"}


@dataclass(frozen=True)
class ReaderAnswers:
    """What a person says of one lesion; None is unknown. An answer overrules the mask.

    Parameters
    ----------
    touches_main_vessel : bool, optional
        It touches the main renal artery or vein (RENAL's suffix h).
    collecting_system : str, optional
        "no" or "displaced" (or infiltrated), for PADUA.
    nearness_mm : float, optional
        Smallest distance to sinus or collecting system, RENAL's N.
    in_sinus : bool, optional
        It reaches into the renal sinus, for PADUA.
    location : int, optional
        RENAL's L, 1 to 3, as the reader sees the polar lines.
    is_polar : bool, optional
        PADUA's longitudinal location: at a pole, not in the middle.
    rim : str, optional
        "lateral" or "medial", for PADUA.
    face : str, optional
        "a", "p" or "x".

    Raises
    ------
    ValueError
        An answer that is none of these.
    """

    touches_main_vessel: bool | None = None
    collecting_system: str | None = None
    nearness_mm: float | None = None
    in_sinus: bool | None = None
    location: int | None = None
    is_polar: bool | None = None
    rim: str | None = None
    face: str | None = None

    def __post_init__(self) -> None:
        for name, allowed in ALLOWED.items():
            answer = getattr(self, name)
            known = [(type(one), one) for one in allowed]  # for True is no 1
            if answer is not None and (type(answer), answer) not in known:
                raise ValueError(f"{name} is {answer!r}, none of {allowed}")
        mm = self.nearness_mm
        if mm is not None and (isinstance(mm, bool) or not 0 <= mm < 1000):
            raise ValueError(f"nearness_mm is {mm}, no distance in mm")

    @property
    def given(self) -> dict[str, bool | int | float | str]:
        """The answers that there are, by name."""
        return {
            one.name: answer
            for one in fields(self)
            if (answer := getattr(self, one.name)) is not None
        }


ALLOWED: dict[str, tuple[bool | int | str, ...]] = {
    "touches_main_vessel": (False, True),
    "collecting_system": ("no", "displaced"),
    "in_sinus": (False, True),
    "location": (1, 2, 3),
    "is_polar": (False, True),
    "rim": ("lateral", "medial"),
    "face": tuple(FACES),
}
"""What may be answered; `nearness_mm` takes any distance."""

UNANSWERED = ReaderAnswers()


@dataclass(frozen=True)
class Answered:
    """Answers with the lesion they are about.

    Parameters
    ----------
    kind : str
        "tumour" or "cyst".
    answers : ReaderAnswers
    at : (x, y, z) or str
        A point in the lesion, such as its centre when it was answered, mm, RAS+: lesions are
        numbered anew when they are edited. Or its id, where nothing will be edited.
    """

    kind: str
    answers: ReaderAnswers
    at: Triple | str

    @property
    def in_words(self) -> str:
        """Such as "T1" or "the tumour at 12, -30, 44 mm"."""
        if isinstance(self.at, str):
            return self.at
        return f"the {self.kind} at {', '.join(f'{mm:.0f}' for mm in self.at)} mm"
