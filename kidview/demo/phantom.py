"""The demonstration case: paint a patient from the skin inward, then scan it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.types import Index, LabelArray
from kidview.core.volume import AxisOrder, Level, Note, Source, Volume
from kidview.demo.acquire import acquire
from kidview.demo.body import paint_back, paint_wall
from kidview.demo.bowel import paint_colon, paint_duodenum, paint_small_bowel
from kidview.demo.canvas import LOW_ZYX_MM, Canvas
from kidview.demo.chest import paint_chest
from kidview.demo.kidneys import LEFT, RIGHT, kidney_shapes, paint_capsule, paint_kidney
from kidview.demo.lesions import paint_cyst, paint_tumour
from kidview.demo.liver import paint_liver
from kidview.demo.organs import paint_adrenals, paint_pancreas, paint_spleen, paint_stomach
from kidview.demo.outline import Outline
from kidview.demo.skeleton import paint_skeleton
from kidview.demo.vessels import paint_great_vessels, paint_mesentery, paint_portal

SHAPE_ZYX = (96, 400, 400)
_KEPT_FREE_MM = 9.0  # no small bowel so near to a kidney
_NOWHERE = Path("/nowhere/phantom")  # no file is the scan itself, so none is protected for it
_NOTE = "A made-up patient, computed from numbers; no scan of anybody."


def make_phantom(
    task: Task | None = None, seed: int = 0, shape_zyx: Index = SHAPE_ZYX
) -> tuple[Volume, LabelMap]:
    """Make a CT of an abdomen and its true labels.

    Contrast between the corticomedullary and the nephrographic phase, two kidneys, a
    tumour on the left one, a cyst on the right one. The same seed and shape give the same
    voxels.

    Parameters
    ----------
    task : Task, optional
        Told how far it is; cancels it.
    seed : int
        Another number bends and textures the same anatomy otherwise.
    shape_zyx : 3 ints
        Voxels over a field of 288 x 340 x 340 mm; the default's spacing is
        3.0 x 0.85 x 0.85 mm.

    Returns
    -------
    Volume
        Its source has the format "phantom" and a NIfTI's order of axes (x fastest).
    LabelMap
        1 kidney (cortex, medulla, collecting system; no sinus fat), 2 tumour, 3 cyst: a
        voxel's centre decides.

    Raises
    ------
    Cancelled
    """
    task = task or Task()
    task.report(0.0, "Growing a patient")
    canvas = Canvas.blank(shape_zyx, seed)
    labels = np.zeros(shape_zyx, np.uint8)
    _paint(canvas, labels, task.part(0.1, 0.85))
    hu = acquire(canvas, task.part(0.85, 1.0))
    task.report(1.0)
    scan = Volume(hu, canvas.geometry, _source(canvas))
    return scan, LabelMap(labels, canvas.geometry, owned=True)


def _paint(canvas: Canvas, labels: LabelArray, task: Task) -> None:
    """Paint the organs, each over those it presses upon; the kidneys are cut by nothing."""
    step = canvas.geometry.spacing_zyx[0]
    outline = Outline.on(LOW_ZYX_MM[0] + step * np.arange(0.5, len(canvas.hu)))
    cavity = paint_wall(canvas, outline, task.part(0.0, 0.2))
    task.report(0.2, "Chest")
    paint_chest(canvas, cavity)
    task.report(0.35, "Liver, spleen, stomach")
    paint_liver(canvas, cavity)
    paint_spleen(canvas, cavity)
    paint_stomach(canvas, cavity)
    paint_colon(canvas, cavity)
    task.report(0.55, "Back, bones, vessels")
    kidneys = [(kidney, kidney_shapes(canvas, kidney)) for kidney in (RIGHT, LEFT)]
    for kidney, shapes in kidneys:
        paint_capsule(canvas, kidney, shapes)
    paint_adrenals(canvas)
    paint_back(canvas)
    paint_skeleton(canvas, outline)
    paint_portal(canvas)
    paint_pancreas(canvas)
    paint_duodenum(canvas)
    task.report(0.75, "Kidneys")
    near = np.zeros(labels.shape, bool)
    for kidney, shapes in kidneys:
        paint_kidney(canvas, labels, kidney, shapes)
        near[shapes.box] |= shapes.hull < _KEPT_FREE_MM
    paint_great_vessels(canvas)
    paint_tumour(canvas, labels)
    paint_cyst(canvas, labels)
    paint_small_bowel(canvas, cavity, near, task.part(0.85, 1.0))
    paint_mesentery(canvas, cavity)


def _source(canvas: Canvas) -> Source:
    """As if read from a NIfTI file whose i, j, k run to right, anterior, superior."""
    return Source(
        _NOWHERE,
        "phantom",
        AxisOrder((2, 1, 0), (False, False, False)),
        canvas.geometry.zyx_to_ras[:, [2, 1, 0, 3]].copy(),
        "Demonstration case",
        (Note(Level.INFO, _NOTE),),
    )
