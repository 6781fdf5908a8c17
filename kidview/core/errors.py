"""Everything KidView raises on purpose.

KidViewError
├── ReadError
│   ├── UnknownFormat     no reader for this file
│   ├── BrokenFile        truncated, not what its name says, no pixels
│   ├── UnknownParts      none of a SEG's or RTSTRUCT's names is a known label
│   └── BadGeometry       spacing, orientation or shape make no scan
├── WriteError            target cannot be written, or reads back different
│   └── TargetExists      a file of that name is there
├── GridMismatch          a label map lies on another grid than the scan
│   └── PartlyOutside     some of it lies on the scan and some does not
├── CaseError             a case's record, a move in its review, or a file of it
│   └── CaseChanged       somebody else changed the case since it was read
├── ModelError            card, checksum, onnx file or provider
├── EditRefused           locked label, nothing to paint over
├── EmptyMask             a measure of nothing
└── SettingError          unknown or impossible setting

Each error is one sentence and one thing the user can do; the command line prints it as
``error: what - hint`` with exit code 1, the window shows it in its bar.
"""

from __future__ import annotations


class KidViewError(Exception):
    """An expected failure, told in one sentence with one way out.

    Parameters
    ----------
    what : str
        What is wrong, lower case, no full stop; names the file but no patient.
    hint : str
        What the user can do about it.
    """

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(f"{what} - {hint}")
        self.what = what
        self.hint = hint


class ReadError(KidViewError):
    """A file could not be turned into a scan or a label map."""


class UnknownFormat(ReadError):
    """No reader knows this file."""


class BrokenFile(ReadError):
    """The file is damaged, cut short or not what its name says."""


class BadGeometry(ReadError):
    """Spacing, orientation or shape make no scan."""


class UnknownParts(ReadError):
    """No name in a SEG or RTSTRUCT is known; whoever asks can say which label each is.

    Parameters
    ----------
    what, hint : str
    names : tuple of str
        All of them, as the file has them.
    """

    def __init__(self, what: str, hint: str, names: tuple[str, ...]) -> None:
        super().__init__(what, hint)
        self.names = names


class WriteError(KidViewError):
    """A file could not be written, or did not read back as written."""


class TargetExists(WriteError):
    """A file of that name is there, and nobody said that it may be replaced."""


class GridMismatch(KidViewError):
    """A label map does not lie on the scan's grid."""


class PartlyOutside(GridMismatch):
    """Some of a SEG or RTSTRUCT lies on the scan and some does not; what fits can be taken."""


class CaseError(KidViewError):
    """A case's record is unusable, a change is not allowed, or a file is not the case's own."""


class CaseChanged(CaseError):
    """Somebody else changed the case since it was read; nothing was written over it."""


class ModelError(KidViewError):
    """A model's card, checksum, network or provider is unusable."""


class EditRefused(KidViewError):
    """A tool cannot act here; says why."""


class EmptyMask(KidViewError):
    """A measure was asked of a mask without voxels."""


class SettingError(KidViewError):
    """An unknown setting, or a value outside its range."""
