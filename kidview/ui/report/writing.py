"""From a scan and its labels to a file: measure, draw, write beside, read back, move into place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from kidview import __version__
from kidview.core.answers import Answered
from kidview.core.errors import WriteError
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io import check_target, write_atomically
from kidview.measure import measure_case
from kidview.ui.report.authorship import Facts
from kidview.ui.report.content import Report, report_of
from kidview.ui.report.page import html_of, sections
from kidview.ui.report.pdf import write_pdf
from kidview.ui.report.picture import Evidence
from kidview.ui.report.pictures import evidence_of
from kidview.ui.report.solid import solid_picture

SUFFIXES = (".pdf", ".html")
NO_SOLID = "no picture in 3D, which needs OpenGL"

_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a report is made of; a worker may have it.

    Parameters
    ----------
    volume : Volume
    name : str
        What the scan is called in it; see `content.scan_name`.
    authorship : callable
        Gets the labels, returns who made them, in words.
    answers : tuple of Answered
        What a reader says where labels cannot tell.
    """

    volume: Volume
    name: str
    authorship: Callable[[LabelMap], Facts]
    answers: tuple[Answered, ...] = ()


@dataclass(frozen=True)
class Written:
    """A report on disk.

    Parameters
    ----------
    path : Path
    pages : int
    lesions : int
        How many lesions it tells of.
    size : int
        Bytes.
    """

    path: Path
    pages: int
    lesions: int
    size: int

    def summary(self) -> str:
        """ "Wrote case.pdf: 1 page, 3 lesions, 1.2 MB, read back"."""
        pages = "1 page" if self.pages == 1 else f"{self.pages} pages"
        lesions = "1 lesion" if self.lesions == 1 else f"{self.lesions or 'no'} lesions"
        size = f"{self.size / 1e6:.1f} MB"
        return f"Wrote {self.path.name}: {pages}, {lesions}, {size}, read back"


def make_report(
    wanted: Wanted,
    labels: LabelMap,
    path: Path,
    paper_name: str,
    *,
    overwrite: bool,
    protected: Iterable[Path] = (),
    task: Task | None = None,
) -> Written:
    """Measure, draw and write; Qt must have an application, but no window.

    Parameters
    ----------
    wanted : Wanted
    labels : LabelMap
        On the scan's grid; nobody writes to it meanwhile.
    path : Path
        Its suffix, one of `SUFFIXES`, says in which form.
    paper_name : str
        One of `papers.PAPERS`.
    overwrite : bool
        Whether `path` may exist.
    protected : paths
        The scan's and the labels' files, which are never replaced.
    task : Task, optional

    Raises
    ------
    EmptyMask
        Nothing is labelled.
    WriteError
        Another suffix, or the file cannot be written; nothing was changed then.
    """
    task = task or Task()
    suffix = suffix_of(path)
    protected = tuple(protected)
    check_target(path, overwrite=overwrite, protected=protected)
    hu, part = wanted.volume.hu, task.part(0.0, 0.4)
    measured = measure_case(hu, labels.array, labels.geometry, part, wanted.answers)
    made = f"{date.today().isoformat()}, KidView {__version__}"
    facts = wanted.authorship(labels)
    task.report(0.45, "drawing in 3D")
    # An empty map is refused below, in words.
    solid = solid_picture(labels.array, labels.geometry, task.part(0.45, 0.6))
    remarks = () if solid is not None else (NO_SOLID,)
    report = report_of(measured, wanted.volume, wanted.name, facts, made, remarks)
    drawn = evidence_of(wanted.volume, labels.array, measured, task.part(0.6, 0.8))
    evidence = replace(drawn, solid=solid)
    task.report(0.8, f"writing {path.name}")
    write = _write_pdf if suffix == ".pdf" else _write_html
    pages = write(path, report, evidence, paper_name, overwrite, protected)
    return Written(path, pages, len(measured.lesions), path.stat().st_size)


def suffix_of(path: Path) -> str:
    """The suffix of a report's file.

    Raises
    ------
    WriteError
        It says neither form.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise WriteError(f"{path.name} is no name for a report", "end it with .pdf or .html")
    return suffix


def _write_pdf(
    path: Path,
    report: Report,
    evidence: Evidence,
    paper_name: str,
    overwrite: bool,
    protected: Iterable[Path],
) -> int:
    written: list[int] = []

    def write(beside: Path) -> None:
        written.append(write_pdf(beside, report, evidence, paper_name))

    def check(beside: Path) -> None:
        raw = beside.read_bytes()
        is_whole = raw.startswith(b"%PDF-") and raw.rstrip().endswith(b"%%EOF")
        if not is_whole or len(_PAGE.findall(raw)) != written[0]:
            raise WriteError(f"{path.name} was not written whole", "save it elsewhere")

    write_atomically(path, ".pdf", write, check, overwrite=overwrite, protected=protected)
    return written[0]


def _write_html(
    path: Path,
    report: Report,
    evidence: Evidence,
    paper_name: str,
    overwrite: bool,
    protected: Iterable[Path],
) -> int:
    raw = html_of(report, evidence, paper_name).encode()

    def check(beside: Path) -> None:
        if beside.read_bytes() != raw:
            raise WriteError(f"{path.name} was not written whole", "save it elsewhere")

    def write(beside: Path) -> None:
        beside.write_bytes(raw)

    write_atomically(path, ".html", write, check, overwrite=overwrite, protected=protected)
    return sections(report)
