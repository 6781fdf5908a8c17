"""The kidneys in 3D, seen from the front, where OpenGL is there.

Another process draws: a broken driver ends the process that draws, and a report must not take
the window with it. It is this file, run as a module.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import LabelArray
from kidview.ui.opengl import SWITCH
from kidview.ui.report.lettering import write_on_scan
from kidview.ui.report.picture import Picture
from kidview.ui.report.pictures import SIDE_PX
from kidview.ui.theme import SMALL_PX, TEXT_PX
from kidview.ui.tokens import DARK

_TIMEOUT_S = 60.0
_FINE = 2  # pixels for one of the picture
_PAD = 6
_ALIGN = Qt.AlignmentFlag


def solid_picture(labels: LabelArray, geometry: Geometry, task: Task) -> Picture | None:
    """Surfaces of all labels from the front; None where this machine does not draw in 3D.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        With at least one label.
    geometry : Geometry
    task : Task
        A cancel ends the process that draws.
    """
    box = Box.tight(labels != 0)
    if box is None or os.environ.get(SWITCH, "").lower() in ("off", "0", "no"):
        return None
    sent = io.BytesIO()
    where = geometry.crop(box)
    np.savez(sent, labels=labels[box.slices], zyx_to_ras=where.zyx_to_ras)
    side = SIDE_PX * _FINE
    drawn = _ask(sent.getvalue(), task)
    if drawn is None or len(drawn) != 3 * side * side:
        return None
    ground = QImage(drawn, side, side, 3 * side, QImage.Format.Format_RGB888).copy()
    words = "Surfaces of the labels in 3D, from the front"
    return Picture(ground, (_draw_words,), (SIDE_PX, SIDE_PX), words)


def _draw_words(painter: QPainter) -> None:
    area = QRectF(_PAD, _PAD, SIDE_PX - 2 * _PAD, SIDE_PX - 2 * _PAD)
    left, right = (one | _ALIGN.AlignVCenter for one in (_ALIGN.AlignLeft, _ALIGN.AlignRight))
    write_on_scan(painter, area, left, "R", DARK.text, TEXT_PX, True)
    write_on_scan(painter, area, right, "L", DARK.text, TEXT_PX, True)
    corner = _ALIGN.AlignLeft | _ALIGN.AlignTop
    write_on_scan(painter, area, corner, "3D, from the front", DARK.text, SMALL_PX)


def _ask(sent: bytes, task: Task) -> bytes | None:
    """What the other process draws; None when it cannot."""
    root = str(Path(__file__).resolve().parents[3])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths},
        )
    except OSError:
        return None
    with child:
        task.on_cancel(child.kill)
        try:
            drawn, _nothing = child.communicate(sent, timeout=_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            return None
        finally:
            task.on_cancel(None)
    task.check()
    return drawn if child.returncode == 0 else None


def _draw(sent: bytes) -> bytes:
    """(side, side, 3) uint8 as bytes, row 0 on top."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    from kidview.ui.opengl import off_screen_window
    from kidview.ui.scene import Scene
    from kidview.ui.surfaces import build_surfaces

    with np.load(io.BytesIO(sent)) as told:
        labels, zyx_to_ras = told["labels"], told["zyx_to_ras"]
    geometry = Geometry(labels.shape, zyx_to_ras)
    scene, window, side = Scene(), off_screen_window(), SIDE_PX * _FINE
    for label, surface in build_surfaces(labels, geometry, {}, Task()).changed.items():
        scene.put(label, None if surface is None else surface.mesh)
    window.SetSize(side, side)
    window.AddRenderer(scene.renderer)
    scene.look_from("A")
    scene.fit()
    window.Render()
    pixels = vtkUnsignedCharArray()
    window.GetRGBACharPixelData(0, 0, side - 1, side - 1, 1, pixels, 0)
    rows = vtk_to_numpy(pixels).reshape(side, side, 4)[::-1, :, :3]
    return np.ascontiguousarray(rows).tobytes()


if __name__ == "__main__":
    sys.stdout.buffer.write(_draw(sys.stdin.buffer.read()))
    sys.stdout.flush()
    os._exit(0)  # a driver may still crash while it is taken down
