"""The table of verbs, and how a row becomes a command without loading the others."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verb:
    """A row of the table of verbs.

    Parameters
    ----------
    name : str
        What the user types.
    target : str
        "module:function"; the module is imported when its verb is used, not before. A group
        of verbs is a `typer.Typer` instead of a function.
    help : str
        One line for ``kidview --help``.
    """

    name: str
    target: str
    help: str

    def load(self) -> Callable[..., Any]:
        """Import the function."""
        module, function = self.target.split(":")
        loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
        return loaded


_ROWS = (
    Verb("open", "kidview.cli.open:open_window", "Open the window; what a bare PATH does, too."),
    Verb("info", "kidview.cli.info:info", "Tell a scan's grid, values and oddities."),
    Verb("convert", "kidview.cli.convert:convert", "Write any readable scan as NIfTI or NRRD."),
    Verb("segment", "kidview.cli.segment:segment", "Outline kidneys, tumours and cysts."),
    Verb("measure", "kidview.cli.measure:measure", "Measure kidneys and lesions of a label map."),
    Verb("report", "kidview.cli.report:report", "Write a report: pictures and measures on paper."),
    Verb("export", "kidview.cli.export:export", "Write labels as DICOM SEG, RTSTRUCT or surface."),
    Verb("follow", "kidview.cli.follow:follow", "Compare a scan's lesions with an earlier scan."),
    Verb("cases", "kidview.cli.cases:cases", "Keep corrected scans; sets of them in and out."),
    Verb("demo", "kidview.cli.demo:demo", "Write the demonstration case: a made-up abdomen."),
    Verb(
        "install-desktop",
        "kidview.cli.desktop:install_desktop",
        "Let a double-click on a scan open KidView (Linux).",
    ),
    Verb(
        "uninstall-desktop",
        "kidview.cli.desktop:uninstall_desktop",
        "Remove what install-desktop wrote.",
    ),
)
VERBS = {verb.name: verb for verb in _ROWS}
