"""Where the program's own files lie: beside the packages in a checkout, inside them in a wheel."""

from __future__ import annotations

from pathlib import Path

from kidview.core.errors import KidViewError

_PACKAGE = Path(__file__).resolve().parents[1]


def asset(name: str) -> Path:
    """A file of the assets folder.

    Parameters
    ----------
    name : str
        Such as "kidview.svg".

    Raises
    ------
    KidViewError
        The installation is not whole.
    """
    path = _folder("assets") / name
    if not path.is_file():
        raise KidViewError(f"the program's own file {name} is missing", "install KidView again")
    return path


def models_dir() -> Path:
    """The folder of the models that come with the program; it may be empty or missing."""
    return _folder("models")


def _folder(name: str) -> Path:
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / name
