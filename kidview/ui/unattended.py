"""The demonstration without a user: segment, accept, export, and a picture of the window."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from kidview.core.errors import KidViewError
from kidview.core.labels import LABELS, LabelMap
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.demo import make_phantom
from kidview.io import Receipt, write_labels
from kidview.segment import Proposal
from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.panels.label_volumes import count
from kidview.ui.segmenting import segmentation

_SIZE_PX = (1440, 900)
_SETTLE_MS = 400  # the views draw, and the surfaces wait this long after an edit


class Unattended:
    """Steps that follow each other as jobs; `code` is the exit code when the loop ends.

    Parameters
    ----------
    context : Context
    out : Path
        Folder for demo_labels.nii.gz, measurements.json and screenshot.png.
    """

    def __init__(self, context: Context, out: Path) -> None:
        self._context, self._out = context, out
        self.code = 1
        self._network: dict[str, Any] = {}

    def start(self) -> None:
        """Make the phantom, in a window of the usual size whatever the screen."""
        self._context.window.resize(*_SIZE_PX)
        self._then("Make the demonstration case", lambda task: make_phantom(task=task), self._show)

    def _show(self, made: tuple[Volume, LabelMap]) -> None:
        scan = made[0]
        opening.show(self._context, scan)
        self._then("Segment kidneys", segmentation(self._context, scan), self._accept)

    def _accept(self, proposal: Proposal) -> None:
        session = self._context.session
        session.propose(proposal)
        self._network = {
            "summary": proposal.summary(),
            "provider": proposal.provider,
            "seconds": round(proposal.elapsed_s, 1),
        }
        session.accept()
        assert session.volume is not None and session.labels is not None
        scan, labels, out = session.volume, session.labels.copy(), self._out
        self._then("Export", lambda task: _export(scan, labels, out, task), self._wait)

    def _wait(self, written: tuple[Receipt, dict[str, Any]]) -> None:
        self._context.window.saving.target = written[0].path
        self._context.session.mark_saved()
        measured = written[1] | {"network": self._network}
        target = self._out / "measurements.json"
        target.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
        self._look_at_lesion(written[0].voxels)
        self._look_again()

    def _look_at_lesion(self, voxels: dict[str, int]) -> None:
        """The crosshair goes into the tumour or cyst, or else the kidney, that was found."""
        for row in (LABELS[1], LABELS[2], LABELS[0]):
            if voxels.get(row.name):
                self._context.session.look(label=row.id)
                self._context.window.commands["view.centre"].trigger()
                return

    def _look_again(self) -> None:
        """Wait until the window has nothing left to do, then take its picture."""
        if self._context.jobs.running:
            QTimer.singleShot(_SETTLE_MS, self._look_again)
        else:
            QTimer.singleShot(_SETTLE_MS, self._finish)

    def _finish(self) -> None:
        picture = self._out / "screenshot.png"
        if self._context.window.grab().save(str(picture)):
            self.code = 0
            for path in sorted(self._out.iterdir()):
                print(f"wrote {path}")
        else:
            print(f"error: {picture} cannot be written - choose another folder", file=sys.stderr)
        QApplication.quit()

    def _then(self, title: str, work: Any, done: Any) -> None:
        self._context.jobs.start(Job(title, "unattended", work, done, self._give_up))

    def _give_up(self, error: Exception) -> None:
        known = isinstance(error, KidViewError)
        print(f"error: {error if known else repr(error)}", file=sys.stderr)
        QApplication.quit()


def _export(
    scan: Volume, labels: LabelMap, out: Path, task: Task
) -> tuple[Receipt, dict[str, Any]]:
    """Write the labels and count them."""
    out.mkdir(parents=True, exist_ok=True)
    receipt = write_labels(
        labels, scan.source, out / "demo_labels.nii.gz", overwrite=True, task=task.part(0.0, 0.8)
    )
    voxels = count(labels.array, task).sum(axis=0)
    table = {
        row.name: {
            "label": row.id,
            "voxels": int(n),
            "volume_ml": round(float(n) * labels.geometry.voxel_ml, 2),
        }
        for row, n in zip(LABELS, voxels, strict=True)
    }
    return receipt, {"spacing_zyx_mm": list(scan.geometry.spacing_zyx), "labels": table}
