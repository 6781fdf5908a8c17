"""Labels to other programs: which form, where to, and what was written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from kidview.core.task import Job
from kidview.io import Maker, Receipt, export_labels
from kidview.session import Session, What
from kidview.ui.context import Context
from kidview.ui.dialogs.export_dialog import ExportDialog, ExportPlan
from kidview.ui.notice import Notice
from kidview.ui.saving import proposed_target

KEY = "export"


def export(context: Context) -> None:
    """Ask in which form and where to, then write; a waiting proposal is decided first."""
    context.window.saving.once_decided(lambda: _ask_form(context))


def _ask_form(context: Context) -> None:
    session = context.session
    if session.volume is None:
        return
    case_id = "" if session.case is None else session.case.case_id
    ExportDialog(
        context.window,
        session.volume.source,
        maker_of(session, context.window.saving.opened_from is not None),
        case_id,
        lambda plan: _ask_file(context, plan),
    ).open()


def maker_of(session: Session, is_opened: bool) -> Maker:
    """Who made the labels, as far as the session knows.

    Parameters
    ----------
    session : Session
    is_opened : bool
        They came from a file: nobody knows who made them.
    """
    has_hand = bool(session.effort.spent(session.history.position).touched)
    if session.accepted is not None:
        author = session.accepted.author
        kind = "SEMIAUTOMATIC" if has_hand else "AUTOMATIC"
        return Maker(kind, author.name, author.version)  # type: ignore[arg-type]
    return Maker("SEMIAUTOMATIC" if is_opened or session.case is not None else "MANUAL")


def _ask_file(context: Context, plan: ExportPlan) -> None:
    volume = context.session.volume
    if volume is None:
        return
    suffix, case = plan.row.suffixes[0], context.session.case
    proposed = proposed_target(volume.source.path)
    if case is not None:  # never inside the case store
        proposed = Path.home() / f"{case.case_id}_labels.nii.gz"
    stem = proposed.name.removesuffix("_labels.nii.gz")
    if plan.choices.disguise is not None:  # folders and files are often named after the patient
        stem = plan.choices.disguise.pseudonym or "labels"
    ending = "labels" if plan.row.suffixes[0] in (".nii.gz", ".nrrd") else plan.row.key
    dialog = QFileDialog(context.window, f"Export {plan.row.title}")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([f"{plan.row.title} (*{one})" for one in plan.row.suffixes])
    dialog.setDirectory(str(proposed.parent))
    dialog.selectFile(f"{stem}_{ending}{suffix}")
    dialog.fileSelected.connect(lambda chosen: export_to(context, plan, Path(chosen)))
    dialog.open()


def export_to(context: Context, plan: ExportPlan, chosen: Path) -> None:
    """Write the labels of this moment; the file dialog asked before it took a name again.

    Parameters
    ----------
    context : Context
    plan : ExportPlan
    chosen : Path
        Gets the form's suffix where it has none of its own; such a name nobody was asked
        about, and neither about those of several surfaces: these are not replaced.
    """
    session = context.session
    volume, labels = session.volume, session.labels
    if volume is None or labels is None:
        return
    if session.is_painting:
        context.window.say("Finish the stroke first, then export")
        return
    is_named = chosen.name.lower().endswith(plan.row.suffixes)
    path = chosen if is_named else chosen.with_name(chosen.name + plan.row.suffixes[0])
    source, moment = volume.source, labels.snapshot()
    overwrite = is_named and path.exists() and plan.row.is_lossless

    def done(receipts: tuple[Receipt, ...]) -> None:
        context.window.notices.close_notice("error")
        _tell(context, receipts)

    context.jobs.start(
        Job(
            f"Export {path.name}",
            KEY,
            lambda task: export_labels(
                moment.labels(),
                source,
                path,
                plan.row,
                plan.choices,
                overwrite=overwrite,
                task=task,
            ),
            done,
        )
    )


def _tell(context: Context, receipts: tuple[Receipt, ...]) -> None:
    folder = QUrl.fromLocalFile(str(receipts[0].path.parent))
    words = receipts[0].summary()
    if len(receipts) > 1:
        words += f" (and {len(receipts) - 1} more)"
    context.window.notify(
        Notice(
            "save",
            "done",
            words,
            (
                ("Show in folder", lambda: QDesktopServices.openUrl(folder)),
                (
                    "Copy receipt",
                    lambda: QGuiApplication.clipboard().setText("\n".join(map(str, receipts))),
                ),
            ),
            details="\n".join(line for one in receipts for line in (one.summary(), *one.notes)),
            ends_with=What.LABELS,
        )
    )
