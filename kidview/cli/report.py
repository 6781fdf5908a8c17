"""kidview report: pictures, measures and where the labels come from, as PDF or HTML."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kidview.cases import read_answers
from kidview.cli.options import Json
from kidview.cli.progress import told
from kidview.core.errors import KidViewError
from kidview.core.modelcard import read_card
from kidview.core.task import Task
from kidview.io import check_target, choose, find, read_labels, read_scan

if TYPE_CHECKING:
    from PySide6.QtGui import QGuiApplication

_APPLICATIONS: list[QGuiApplication] = []  # Qt's fonts last as long as it does


def report(
    path: Annotated[Path, typer.Argument(metavar="IN", help="scan: file, folder or zip")],
    labels: Annotated[Path, typer.Argument(help="its label map")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help=".pdf or .html")],
    model_card: Annotated[
        Path | None, typer.Option(help="card of the network that was at work")
    ] = None,
    name: Annotated[
        str, typer.Option(help="what the report calls the scan, else the file's name")
    ] = "",
    paper: Annotated[str, typer.Option(help="a4 or letter; else what is usual here")] = "",
    series: Annotated[str, typer.Option(help="series of IN, by key or number")] = "",
    frame: Annotated[str, typer.Option(help="frame of a 4D file, from 1")] = "",
    answers: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="what a reader says where labels cannot tell"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="replace an existing file")] = False,
    json_output: Json = False,
) -> None:
    """Write a report of a scan and its label map on one page or more, and read it back.

    It names no patient: a DICOM series goes by its description, unless that names one.
    """
    _start_qt()
    from kidview.ui.report.authorship import by_file
    from kidview.ui.report.content import scan_name
    from kidview.ui.report.papers import PAPERS, usual_paper
    from kidview.ui.report.wording import first_line
    from kidview.ui.report.writing import Wanted, make_report, suffix_of

    suffix_of(output)  # refused before anything is read
    paper = paper.lower() or usual_paper()
    if paper not in PAPERS:
        raise KidViewError(f"there is no paper {paper}", f"choose from {', '.join(PAPERS)}")
    card = read_card(model_card) if model_card is not None else None
    model = f"{card.name} {card.version}" if card is not None else ""
    protected = (path, labels)
    check_target(output, overwrite=force, protected=protected)
    task = told(json_output)
    volume = read_scan(choose(find(path, Task()), series or frame), task.part(0.0, 0.3))
    given = read_labels(labels, volume.geometry, volume.source, task.part(0.3, 0.4))
    # A label map may be called as the patient its series is of.
    file = "" if volume.source.format == "DICOM" else labels.name
    said = () if answers is None else read_answers(answers)
    called = first_line(name) or scan_name(volume.source)
    wanted = Wanted(volume, called, lambda _labels: by_file(file, model), said)
    written = make_report(
        wanted,
        given,
        output,
        paper,
        overwrite=force,
        protected=protected,
        task=task.part(0.4, 1.0),
    )
    task.report(1.0)
    if json_output:
        fields = {"pages": written.pages, "lesions": written.lesions, "bytes": written.size}
        typer.echo(json.dumps({"file": str(written.path), **fields}))
        return
    typer.echo(written.summary())


def _start_qt() -> None:
    """Qt's fonts and painters, without a screen and without a window."""
    from PySide6.QtGui import QGuiApplication

    if sys.platform.startswith("linux"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if QGuiApplication.instance() is None:
        _APPLICATIONS.append(QGuiApplication(sys.argv[:1]))
