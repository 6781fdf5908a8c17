"""What stands in the 3D view: surfaces of labels and of the proposal, the CT, light, camera."""

from __future__ import annotations

from itertools import product

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCellPicker,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkVolume,
)

from kidview.core.labels import LABELS
from kidview.core.types import FloatArray, Triple
from kidview.ui.compass import DIRECTIONS
from kidview.ui.tokens import DARK

KIDNEY = 1
_OPACITY = {False: {KIDNEY: 0.45}, True: {KIDNEY: 0.28}}  # is it proposed? -> label -> opacity
_SOLID = {False: 1.0, True: 0.6}
_VIEW_ANGLE = 20.0  # degrees; little perspective, so sizes compare
_FILLED = 0.86  # of the picture, by what is fitted into it
_NEAREST_MM, _FARTHEST_MM = 20.0, 5000.0  # of the camera from what it looks at


class Scene:
    """A VTK renderer and what is in it; draws nothing itself, GUI thread only.

    Parameters
    ----------
    is_hardware : bool
        A graphics card draws, so translucent surfaces may be sorted exactly.

    Attributes
    ----------
    renderer : vtkRenderer
    """

    def __init__(self, is_hardware: bool = False) -> None:
        self.renderer = vtkRenderer()
        self.renderer.SetBackground(*_rgb(DARK.view))
        self.renderer.SetAutomaticLightCreation(0)
        for place, strength in (((-0.5, 0.7, 1.0), 0.95), ((0.8, -0.4, 0.8), 0.4)):
            self.renderer.AddLight(_camera_light(place, strength))
        if is_hardware:
            self.renderer.SetUseDepthPeeling(1)
            self.renderer.SetMaximumNumberOfPeels(8)
            self.renderer.SetOcclusionRatio(0.0)
        self.renderer.GetActiveCamera().SetViewAngle(_VIEW_ANGLE)
        # Kidneys last: without sorting, what is translucent blends in this order.
        order = [row for row in LABELS if row.id != KIDNEY] + [LABELS[KIDNEY - 1]]
        self._actors: dict[tuple[bool, int], vtkActor] = {}  # (is proposed, label)
        self._meshes: dict[tuple[bool, int], vtkPolyData] = {}
        for is_proposed in (False, True):
            for row in order:
                opacity = _OPACITY[is_proposed].get(row.id, _SOLID[is_proposed])
                actor = _actor(row.colour, opacity)
                self._actors[is_proposed, row.id] = actor
                self.renderer.AddActor(actor)
        self._hidden: frozenset[int] = frozenset()
        self.set_fine(True)
        self._volume: vtkVolume | None = None

    # -- what is shown ------------------------------------------------------------

    def put(self, label: int, mesh: vtkPolyData | None, is_proposed: bool = False) -> None:
        """Show a label's surface in place of the one before; None shows none."""
        actor = self._actors[is_proposed, label]
        self._meshes.pop((is_proposed, label), None)
        if mesh is not None:
            self._meshes[is_proposed, label] = mesh
        actor.GetMapper().SetInputDataObject(mesh or vtkPolyData())
        self._match_visibility()

    def clear(self, is_proposed: bool) -> None:
        """Take all surfaces of the labels, or of the proposal, away."""
        for row in LABELS:
            self.put(row.id, None, is_proposed)

    def mesh(self, label: int, is_proposed: bool = False) -> vtkPolyData | None:
        """A label's surface, hidden or not."""
        return self._meshes.get((is_proposed, label))

    def has_surfaces(self, is_proposed: bool) -> bool:
        """Whether any label, hidden or not, has a surface."""
        return any(proposed == is_proposed for proposed, _label in self._meshes)

    def hide(self, labels: frozenset[int]) -> bool:
        """Show all labels but these; False when it was so already."""
        differs = labels != self._hidden
        self._hidden = labels
        self._match_visibility()
        return differs

    def set_volume(self, volume: vtkVolume | None) -> None:
        """Show a rendering of the CT, or none."""
        if self._volume is not None:
            self.renderer.RemoveVolume(self._volume)
        self._volume = volume
        if volume is not None:
            self.renderer.AddVolume(volume)

    def set_fine(self, is_fine: bool) -> None:
        """Smooth edges, for which there is no time while the hand moves."""
        self.renderer.SetUseFXAA(is_fine)

    # -- where one looks from -----------------------------------------------------

    def look_from(self, letter: str) -> None:
        """Turn the camera to look from R, L, A, P, S or I at what it looks at now."""
        camera = self.renderer.GetActiveCamera()
        at, distance = camera.GetFocalPoint(), camera.GetDistance()
        toward = DIRECTIONS[letter]
        camera.SetPosition(*(a + distance * d for a, d in zip(at, toward, strict=True)))
        camera.SetViewUp(*DIRECTIONS["A" if letter in "SI" else "S"])
        self.renderer.ResetCameraClippingRange()

    @property
    def extent_mm(self) -> float:
        """Diagonal of the box around all that is shown; 0 for nothing."""
        bounds = np.array(self.renderer.ComputeVisiblePropBounds()).reshape(3, 2)
        return 0.0 if self.is_empty else float(np.linalg.norm(bounds[:, 1] - bounds[:, 0]))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be seen."""
        bounds = self.renderer.ComputeVisiblePropBounds()
        return bool(bounds[0] > bounds[1])

    def fit(self, corners_ras: FloatArray | None = None) -> None:
        """Fill the picture, whose size must be known, from where one looks.

        Parameters
        ----------
        corners_ras : (n, 3) float64, mm, optional
            What to fill it with; all that is shown by default.
        """
        if corners_ras is None:
            if self.is_empty:
                return
            bounds = self.renderer.ComputeVisiblePropBounds()
            corners_ras = np.array(list(product(bounds[0:2], bounds[2:4], bounds[4:6])))
        low, high = corners_ras.min(axis=0), corners_ras.max(axis=0)
        # This leaves room for a ball around the box; what follows uses the room.
        self.renderer.ResetCamera(low[0], high[0], low[1], high[1], low[2], high[2])
        width, height = self.renderer.GetSize()
        seen = [self.to_display((float(x), float(y), float(z))) for x, y, z in corners_ras]
        filled = max(max(abs(2 * x / width - 1), abs(2 * y / height - 1)) for x, y in seen)
        self.zoom(_FILLED / max(filled, 1e-3))

    def zoom(self, factor: float) -> None:
        """Come nearer by a factor above 1, or go away; never inside things nor out of sight."""
        camera = self.renderer.GetActiveCamera()
        wanted = camera.GetDistance() / factor
        camera.Dolly(camera.GetDistance() / min(max(wanted, _NEAREST_MM), _FARTHEST_MM))
        self.renderer.ResetCameraClippingRange()

    def axes(self) -> tuple[Triple, Triple, Triple]:
        """RAS+ unit vectors to the picture's right, to its top, and out of it."""
        matrix = self.renderer.GetActiveCamera().GetViewTransformMatrix()
        right, up, toward = (
            (matrix.GetElement(n, 0), matrix.GetElement(n, 1), matrix.GetElement(n, 2))
            for n in range(3)
        )
        return right, up, toward

    # -- points -------------------------------------------------------------------

    def to_display(self, point_ras: Triple) -> tuple[float, float]:
        """Device pixels of a point, x to the right, y upward from the lower left corner."""
        self.renderer.SetWorldPoint(*point_ras, 1.0)
        self.renderer.WorldToDisplay()
        x, y, _depth = self.renderer.GetDisplayPoint()
        return (x, y)

    def pick(self, x: float, y: float) -> Triple | None:
        """The point of a surface under a device pixel, RAS+ mm; None beside all of them.

        A lesion wins over the kidney around it, for one sees it through the kidney.
        """
        for is_kidney in (False, True):
            picker = vtkCellPicker()
            picker.SetTolerance(0.0)
            picker.PickFromListOn()
            for (_is_proposed, label), actor in self._actors.items():
                if (label == KIDNEY) == is_kidney and actor.GetVisibility():
                    picker.AddPickList(actor)
            if picker.Pick(x, y, 0.0, self.renderer):
                point = picker.GetPickPosition()
                return (float(point[0]), float(point[1]), float(point[2]))
        return None

    def _match_visibility(self) -> None:
        for (is_proposed, label), actor in self._actors.items():
            is_there = (is_proposed, label) in self._meshes
            actor.SetVisibility(is_there and label not in self._hidden)


def _actor(colour: str, opacity: float) -> vtkActor:
    """A surface without a mesh yet."""
    mapper = vtkPolyDataMapper()
    mapper.ScalarVisibilityOff()
    mapper.SetInputDataObject(vtkPolyData())
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.VisibilityOff()
    look = actor.GetProperty()
    look.SetColor(*_rgb(colour))
    look.SetOpacity(opacity)
    look.SetAmbient(0.2 if opacity == 1.0 else 0.35)  # what is faint needs light on black
    look.SetDiffuse(0.85)
    look.SetSpecular(0.18)
    look.SetSpecularPower(24.0)
    look.SetBackfaceCulling(opacity < 1.0)  # one layer of one colour needs no sorting
    return actor


def _camera_light(place: Triple, strength: float) -> vtkLight:
    """A light that turns with the viewer; place in units of the camera's distance."""
    light = vtkLight()
    light.SetLightTypeToCameraLight()
    light.SetPosition(*place)
    light.SetFocalPoint(0.0, 0.0, 0.0)
    light.SetIntensity(strength)
    return light


def _rgb(colour: str) -> Triple:
    """#RRGGBB as three parts of 0..1."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return (red, green, blue)
