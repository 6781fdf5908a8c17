"""View menu, findings: going through the lesions, their kind, and their numbers for elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from kidview.core.errors import WriteError
from kidview.core.task import Job
from kidview.io import case_name, write_atomically
from kidview.measure import CaseMeasures
from kidview.measure.written import copied, csv_of
from kidview.ui.actions.row import SCAN, ActionRow, Condition
from kidview.ui.context import Context
from kidview.ui.view_picture import picture_place

MENU = "View/Findings"
KINDS = {".csv": "Table (*.csv)", ".json": "JSON (*.json)"}
_IN_HAND = Condition(lambda c: c.window.findings.one is not None, "choose a finding first")
_SHOWN = Condition(
    lambda c: (shown := c.window.findings.evidence) is not None and shown.slice_z is not None,
    "click an axial diameter under Measures first",
)


def copy(context: Context) -> None:
    """Put all numbers on the clipboard."""

    def done(measures: CaseMeasures) -> None:
        words = copied(measures)
        if not words:
            context.window.say("Nothing is labelled, so there is nothing to copy")
            return
        QGuiApplication.clipboard().setText(words)
        context.window.say("Copied the measures; paste them into a table")

    context.window.measuring.when_current(done)


def ask_file(context: Context) -> None:
    """Ask for a file to write all numbers to."""
    dialog = QFileDialog(context.window, "Save measures")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(KINDS.values()))
    dialog.setDefaultSuffix("csv")
    dialog.filterSelected.connect(
        lambda chosen: dialog.setDefaultSuffix("json" if "json" in chosen else "csv")
    )
    dialog.selectFile(f"{picture_place(context.session)[1]}_measures.csv")
    dialog.fileSelected.connect(lambda name: save(context, Path(name)))  # it asked to overwrite
    dialog.open()


def save(context: Context, path: Path) -> None:
    """Write all numbers to a file: JSON by its suffix, else CSV.

    Raises
    ------
    WriteError
        The suffix is neither.
    """
    suffix, name = path.suffix.lower(), _case_name(context)
    if suffix not in KINDS:
        raise WriteError(f"{path.name} is neither CSV nor JSON", "end its name in .csv or .json")

    def written(measures: CaseMeasures) -> None:
        context.jobs.start(
            Job(
                "Save measures",
                "save measures",
                lambda task: _write(path, suffix, name, measures),
                lambda _digest: context.window.say(f"Saved {path.name}"),
            )
        )

    context.window.measuring.when_current(written)


def _write(path: Path, suffix: str, name: str, measures: CaseMeasures) -> str:
    """In a worker; returns the file's sha256."""
    if suffix == ".json":
        words = json.dumps({"case": name} | measures.to_dict(), indent=2, ensure_ascii=False) + "\n"
    else:
        words = csv_of(name, measures)
    raw = words.encode()

    def check(made: Path) -> None:
        if made.read_bytes() != raw:
            raise WriteError(f"{path.name} reads back different", "check the disk")

    return write_atomically(path, suffix, lambda made: _fill(made, raw), check, overwrite=True)


def _fill(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def _case_name(context: Context) -> str:
    """A case's pseudonym, else what `kidview measure` calls the scan."""
    session = context.session
    if session.case is not None:
        return session.case.case_id
    return "" if session.volume is None else case_name(session.volume.source)


MEASURES = (
    ActionRow(
        "findings.next",
        "Next finding",
        ("Shift+C",),
        "Go to the next tumour or cyst, and round again",
        MENU,
        lambda c: c.window.findings.step(),
        SCAN,
    ),
    ActionRow(
        "findings.kind",
        "Tumour or cyst",
        ("Alt+K",),
        "Make a cyst of the tumour in hand or a tumour of the cyst, as one step",
        MENU,
        lambda c: c.window.findings.swap_kind(),
        _IN_HAND,
    ),
    ActionRow(
        "findings.keep",
        "Keep as measurement",
        ("Alt+L",),
        "Keep the diameter that the views show among your own measurements",
        MENU,
        lambda c: c.window.findings.keep(),
        _SHOWN,
    ),
    ActionRow(
        "measures.copy",
        "Copy measures",
        ("Ctrl+M",),
        "Put the numbers of all kidneys and lesions on the clipboard, for a spreadsheet",
        MENU,
        copy,
        SCAN,
        starts_group=True,
    ),
    ActionRow(
        "measures.save",
        "Save measures…",
        ("Ctrl+Alt+M",),
        "Write the numbers of all kidneys and lesions to a CSV or JSON file",
        MENU,
        ask_file,
        SCAN,
    ),
)
