"""What stands in the 3D view: surfaces of labels and of the proposal, the CT, light, camera."""

from __future__ import annotations

from itertools import product

import numpy as np
from vtkmodules.vtkCommonCore import vtkInformation
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCellPicker,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkVolume,
)
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor

from kidview.core.labels import LABELS
from kidview.core.types import FloatArray, Triple
from kidview.ui.compass import DIRECTIONS
from kidview.ui.tokens import DARK

KIDNEY = 1
_OPACITY = {False: {KIDNEY: 0.45}, True: {KIDNEY: 0.28}}  # is it proposed? -> label -> opacity
_SOLID = {False: 1.0, True: 0.6}
_VIEW_ANGLE = 20.0  # degrees; little perspective, so sizes compare
_FILLED = 0.86  # of the picture, by what is fitted into it
_LEFT = 1.25  # half pictures from the middle: farther away, a thing has left the picture
_NEAREST_MM, _FARTHEST_MM = 10.0, 5000.0  # of the camera from what it looks at
_APART = 0.15  # of the diagonal of all that is shown: so far the camera stays outside its box
_FAINT = 0.002  # an opacity nobody sees, though VTK draws it


class Scene:
    """A VTK renderer and what is in it; draws nothing itself, GUI thread only.

    Of a kidney only the surface nearest to the viewer is drawn: walls of its sinus and of
    holes inside it would look like blotches on it.

    Attributes
    ----------
    renderer : vtkRenderer
    """

    def __init__(self) -> None:
        self.renderer = vtkRenderer()
        self.renderer.SetBackground(*_rgb(DARK.view))
        self.renderer.SetAutomaticLightCreation(0)
        for place, strength in (((-0.5, 0.7, 1.0), 0.95), ((0.8, -0.4, 0.8), 0.4)):
            self.renderer.AddLight(_camera_light(place, strength))
        self.renderer.GetActiveCamera().SetViewAngle(_VIEW_ANGLE)
        self._actors: dict[tuple[bool, int], vtkActor] = {}  # (is proposed, label)
        self._meshes: dict[tuple[bool, int], vtkPolyData] = {}
        self._veils: dict[bool, vtkActor] = {}  # is proposed -> what hides a kidney's inside
        # Kidneys last: what is translucent blends in this order.
        for row in sorted(LABELS, key=lambda row: row.id == KIDNEY):
            for is_proposed in (False, True):
                opacity = _OPACITY[is_proposed].get(row.id, _SOLID[is_proposed])
                actor = _actor(row.colour, opacity)
                self._actors[is_proposed, row.id] = actor
                if row.id == KIDNEY:
                    self._veils[is_proposed] = _veil(actor)
                    self.renderer.AddActor(self._veils[is_proposed])
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

    def surface_box(self, is_proposed: bool) -> FloatArray | None:
        """(2, 3) lower and upper corner of all surfaces, hidden or not, RAS+ mm."""
        meshes = [
            mesh for (proposed, _label), mesh in self._meshes.items() if proposed == is_proposed
        ]
        if not meshes:
            return None
        bounds = np.array([mesh.GetBounds() for mesh in meshes])
        return np.stack([bounds[:, 0::2].min(axis=0), bounds[:, 1::2].max(axis=0)])

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
            corners_ras = self._corners_ras()
        low, high = corners_ras.min(axis=0), corners_ras.max(axis=0)
        # This leaves room for a ball around the box; what follows uses the room.
        self.renderer.ResetCamera(low[0], high[0], low[1], high[1], low[2], high[2])
        width, height = self.renderer.GetSize()
        seen = [self.to_display((float(x), float(y), float(z))) for x, y, z in corners_ras]
        filled = max(max(abs(2 * x / width - 1), abs(2 * y / height - 1)) for x, y in seen)
        self.zoom(_FILLED / max(filled, 1e-3))

    def has_left(self) -> bool:
        """Whether some of what is shown lies far outside the picture, whose size must be known."""
        if self.is_empty:
            return False
        matrix = self.renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(
            self.renderer.GetTiledAspectRatio(), -1.0, 1.0
        )
        corners = np.pad(self._corners_ras(), ((0, 0), (0, 1)), constant_values=1.0)
        seen = corners @ _array(matrix).T
        is_behind = seen[:, 3] <= 0
        return bool((is_behind | (np.abs(seen[:, :2]).max(axis=1) > _LEFT * seen[:, 3])).any())

    def zoom(self, factor: float) -> None:
        """Come nearer by a factor above 1, or go away; never into things nor out of sight."""
        camera = self.renderer.GetActiveCamera()
        distance = camera.GetDistance()
        wanted = min(max(distance / factor, _NEAREST_MM), _FARTHEST_MM)
        if wanted < distance:
            enter, leave = self._way_through()
            if leave > 0:
                wanted = max(wanted, distance - max(enter, 0.0))
        camera.Dolly(distance / wanted)
        self.renderer.ResetCameraClippingRange()

    def keep_outside(self) -> None:
        """Take the camera back where a hand has turned or moved it into things or away."""
        camera = self.renderer.GetActiveCamera()
        enter, leave = self._way_through()
        distance = camera.GetDistance()
        wanted = distance - enter if enter < 0 < leave else distance
        wanted = min(max(wanted, _NEAREST_MM), _FARTHEST_MM)
        if wanted != distance:
            camera.Dolly(distance / wanted)
            self.renderer.ResetCameraClippingRange()

    def to_view(self, aspect: float) -> FloatArray:
        """(4, 4): (x, y, z, 1) in mm, RAS+, to (x, y, depth, 1) w of a view so wide over high.

        x and y are -1..1 inside the picture, rightward and upward.
        """
        camera = self.renderer.GetActiveCamera()
        return _array(camera.GetCompositeProjectionTransformMatrix(aspect, -1.0, 1.0))

    def _corners_ras(self) -> FloatArray:
        """(8, 3) corners of the box around all that is shown, mm."""
        bounds = self.renderer.ComputeVisiblePropBounds()
        return np.array(list(product(bounds[0:2], bounds[2:4], bounds[4:6])))

    def _way_through(self) -> tuple[float, float]:
        """From the camera along its sight: mm to entering and to leaving what it must not enter.

        That is the box around all that is shown and some room; (inf, -inf) when sight misses it.
        """
        if self.is_empty:
            return (np.inf, -np.inf)
        corners_ras = self._corners_ras()
        low, high = corners_ras.min(axis=0), corners_ras.max(axis=0)
        room = max(_APART * float(np.linalg.norm(high - low)), _NEAREST_MM)
        camera = self.renderer.GetActiveCamera()
        at, sight = np.array(camera.GetPosition()), np.array(camera.GetDirectionOfProjection())
        sight = np.where(np.abs(sight) < 1e-9, 1e-9, sight)
        walls = np.stack([(low - room - at) / sight, (high + room - at) / sight])
        enter, leave = float(walls.min(axis=0).max()), float(walls.max(axis=0).min())
        return (enter, leave) if enter < leave else (np.inf, -np.inf)

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
        # Where two kidneys lie in each other, each must let the other be seen.
        are_shown = {is_proposed: self._actors[is_proposed, KIDNEY] for is_proposed in self._veils}
        has_one = sum(actor.GetVisibility() for actor in are_shown.values()) == 1
        for is_proposed, veil in self._veils.items():
            veil.SetVisibility(has_one and are_shown[is_proposed].GetVisibility())


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


def _veil(actor: vtkActor) -> vtkActor:
    """Drawn before a surface: itself unseen, it hides what lies behind its nearest layer."""
    veil = vtkActor()
    veil.SetMapper(actor.GetMapper())
    veil.VisibilityOff()
    veil.PickableOff()
    veil.GetProperty().SetOpacity(_FAINT)
    veil.GetProperty().SetBackfaceCulling(True)
    keys = vtkInformation()
    keys.Set(vtkOpenGLActor.GLDepthMaskOverride(), 1)  # translucent things write no depth else
    veil.SetPropertyKeys(keys)
    return veil


def _array(matrix: vtkMatrix4x4) -> FloatArray:
    """(4, 4) float64."""
    return np.array(matrix.GetData()).reshape(4, 4)


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
