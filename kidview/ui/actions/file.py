"""File menu: open, save, close."""

from __future__ import annotations

from kidview.ui import opening
from kidview.ui.actions.row import ALWAYS, SCAN, ActionRow
from kidview.ui.context import Context
from kidview.ui.dialogs.settings_page import show_settings
from kidview.ui.exporting import export
from kidview.ui.filming import save_film
from kidview.ui.reporting import report
from kidview.ui.view_picture import copy_picture, save_picture


def quit_program(context: Context) -> None:
    """Close the window; it asks about unsaved labels itself."""
    context.window.close()


FILE = (
    ActionRow(
        "file.open",
        "Open scan…",
        ("Ctrl+O",),
        "Open a CT: NIfTI, NRRD, MetaImage, one DICOM file or a zip of a series",
        "File",
        opening.ask_file,
        icon="ph.file",
    ),
    ActionRow(
        "file.open_folder",
        "Open DICOM folder…",
        ("Ctrl+Shift+O",),
        "Open a folder with DICOM series",
        "File",
        opening.ask_folder,
        icon="ph.folder-open",
    ),
    ActionRow(
        "file.open_labels",
        "Open labels…",
        ("Ctrl+L",),
        "Open a label map, DICOM SEG or RTSTRUCT upon the scan",
        "File",
        opening.ask_labels,
        SCAN,
        icon="ph.stack",
    ),
    ActionRow(
        "file.demo",
        "Open the demonstration case",
        ("Ctrl+Shift+D",),
        "A made-up abdomen with a tumour and a cyst",
        "File",
        opening.open_demo,
        starts_group=True,
    ),
    ActionRow(
        "file.save",
        "Save labels",
        ("Ctrl+S",),
        "Write the labels into the open case, else to a file; the scan is never touched",
        "File",
        lambda c: c.window.saving.save(),
        SCAN,
        says=lambda c: "Save labels" if c.session.case is None else "Save in the case",
        icon="ph.floppy-disk",
        starts_group=True,
    ),
    ActionRow(
        "file.save_as",
        "Save labels as…",
        ("Ctrl+Shift+S",),
        "Write the labels to another file",
        "File",
        lambda c: c.window.saving.save_as(),
        SCAN,
    ),
    ActionRow(
        "file.export",
        "Export labels…",
        ("Ctrl+E",),
        "Write the labels as DICOM SEG, RTSTRUCT, surface or label map for other programs",
        "File",
        export,
        SCAN,
        icon="ph.export",
    ),
    ActionRow(
        "file.report",
        "Report…",
        ("Ctrl+R",),
        "Write pictures, measures and who made the labels to a PDF or a web page, without names",
        "File",
        report,
        SCAN,
        icon="ph.file-text",
    ),
    ActionRow(
        "file.save_picture",
        "Save picture…",
        ("Ctrl+P",),
        "Write the active view as it is shown to a PNG, with nothing of the patient in it",
        "File",
        save_picture,
        SCAN,
        icon="ph.image",
        starts_group=True,
    ),
    ActionRow(
        "file.copy_picture",
        "Copy picture",
        ("Ctrl+C",),
        "Put the active view as it is shown on the clipboard",
        "File",
        copy_picture,
        SCAN,
    ),
    ActionRow(
        "file.save_film",
        "Save film…",
        ("Ctrl+Shift+P",),
        "Write all slices of the active view, or a turn of the 3D view, to a GIF or MP4",
        "File",
        save_film,
        SCAN,
        icon="ph.film-strip",
    ),
    ActionRow(
        "file.unsaved",
        "Unsaved work…",
        ("Ctrl+Shift+W",),
        "Offer what a program that was killed left unsaved",
        "File",
        lambda c: c.window.recovery.look(tell=True),
    ),
    ActionRow(
        "file.settings",
        "Settings…",
        ("Ctrl+,",),
        "Theme, keys and where to segment",
        "File",
        show_settings,
        ALWAYS,
        icon="ph.gear",
        starts_group=True,
    ),
    ActionRow(
        "file.quit",
        "Quit",
        ("Ctrl+Q",),
        "Close KidView, after asking about unsaved labels",
        "File",
        quit_program,
        starts_group=True,
    ),
)
