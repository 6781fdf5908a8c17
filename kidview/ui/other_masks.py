"""Where the mask comes from that the labels are compared with: a file, the network, a reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from kidview.cases import Case, CaseStore, readings_of
from kidview.core.errors import GridMismatch, PartlyOutside, UnknownParts
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.io import kind_of, read_labels
from kidview.session import Compared, Session
from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.dialogs.parts_dialog import PartsDialog

KEY = "other mask"
Loader = Callable[[CaseStore], LabelMap]


def ask_mask(context: Context) -> None:
    """Choose a file to compare the labels with."""
    opening.ask_path(
        context,
        QFileDialog.FileMode.ExistingFile,
        "Compare with mask",
        lambda c, paths: open_mask(c, paths[0]),
    )


def open_mask(
    context: Context, path: Path, resample: bool = False, roles: Mapping[str, int] | None = None
) -> None:
    """Read a mask of the open scan and compare the labels with it.

    Parameters are those of `opening.open_labels`.
    """
    scan = context.session.volume
    if scan is None:
        context.window.say("Open a CT first, then a mask to compare with")
        return
    how = ", what fits" if kind_of(path) else ", resampled"
    name = f"{path.name}{how if resample else ''}"

    def work(task: Task) -> Compared:
        labels = read_labels(
            path, scan.geometry, scan.source, task=task, resample=resample, roles=roles
        )
        return Compared.of(name, labels)

    def failed(error: Exception) -> None:
        if isinstance(error, UnknownParts):
            PartsDialog(
                context.window,
                path.name,
                error.names,
                lambda named: open_mask(context, path, resample, named),
            ).open()
            return
        is_dicom = bool(kind_of(path))
        title = "Take what fits" if is_dicom else "Resample to the scan"
        can_again = isinstance(error, PartlyOutside if is_dicom else GridMismatch) and not resample
        again = (title, lambda: open_mask(context, path, True, roles))
        context.window.show_error(error, (again,) if can_again else ())

    _start(context, f"Read {path.name}", work, failed)


def has_result(session: Session) -> bool:
    """Whether the network's result of the open scan is at hand."""
    case = session.case
    return session.accepted is not None or (case is not None and case.prediction is not None)


def compare_with_network(context: Context) -> None:
    """Compare the labels with what the network made of the scan."""
    accepted, case, scan = context.session.accepted, context.session.case, context.session.volume
    if scan is None:
        return
    geometry, store = scan.geometry, context.window.casework.store
    if accepted is not None:
        name, proposal = f"{accepted.author.title}'s result", accepted.proposal
        _start(
            context,
            "Compare with the network",
            lambda task: Compared.of_part(name, proposal.box, proposal.labels, geometry),
        )
    elif case is not None and case.prediction is not None:
        author = case.model_author
        title = "The network" if author is None else author.title
        known = case
        _start(
            context,
            "Compare with the network",
            lambda task: Compared.of(f"{title}'s result", store.load_prediction(known)),
        )


def kept_masks(session: Session) -> tuple[tuple[str, Loader], ...]:
    """Masks of the open case and how to read them: of its readers, and their consensus.

    Who reads blind is offered none.
    """
    case = session.case
    if case is None or session.second_reader:
        return ()
    of_readers = tuple(
        (f"{one.by}'s mask", _loader(case, n)) for n, one in enumerate(readings_of(case))
    )
    if case.corrected is None or readings_of(case) != case.readings:
        return of_readers  # the corrected mask is one of them, or there is none
    name = "Consensus, as saved" if case.has_consensus else "Corrected mask, as saved"
    known = case
    return (*of_readers, (name, lambda store: store.load_corrected(known)))


def _loader(case: Case, number: int) -> Loader:
    return lambda store: store.load_reading(case, readings_of(case)[number])


def compare_with_kept(context: Context, name: str, load: Loader) -> None:
    """Compare the labels with one of `kept_masks`."""
    store = context.window.casework.store
    _start(context, f"Read {name}", lambda task: Compared.of(name, load(store)))


def _start(
    context: Context,
    title: str,
    work: Callable[[Task], Compared],
    failed: Callable[[Exception], None] | None = None,
) -> None:
    """A job whose mask is shown, unless another scan is open by then."""
    session = context.session
    scan = session.volume

    def done(other: Compared) -> None:
        if session.volume is not scan:
            return
        window = context.window
        window.notices.close_notice("error")
        context.settings.set("has_panel", True)
        context.settings.set("has_cases", False)
        session.compare_with(other)
        key = window.commands.shown_key("compare.next")
        window.say(f"Compared with {other.name}; {key} goes to the next difference")

    context.jobs.start(Job(title, KEY, work, done, failed))
