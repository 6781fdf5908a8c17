"""The CT itself in the 3D view: bones and vessels, as fine as the machine can afford."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPiecewiseFunction
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import (
    vtkColorTransferFunction,
    vtkVolume,
    vtkVolumeProperty,
)
from vtkmodules.vtkRenderingVolume import vtkFixedPointVolumeRayCastMapper
from vtkmodules.vtkRenderingVolumeOpenGL2 import vtkOpenGLGPUVolumeRayCastMapper

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import FloatArray, HUArray

_FINEST_MM = 1.0
_MOST_VOXELS = {False: 8_000_000, True: 64_000_000}  # is it hardware? -> voxels it gets
_RAYS = {"coarse": 40_000, "fine": 120_000}  # a processor casts them in 30 and 150 ms

# HU -> opacity per mm, and HU -> colour: contrast-filled vessels red, bone ivory.
_OPACITY = ((120, 0.0), (180, 0.06), (260, 0.2), (400, 0.5), (900, 0.85), (3000, 0.95))
_COLOUR = (
    (100, (0.62, 0.20, 0.16)),
    (190, (0.86, 0.42, 0.30)),
    (300, (0.96, 0.80, 0.62)),
    (500, (1.0, 0.95, 0.86)),
    (2000, (1.0, 1.0, 1.0)),
)


@dataclass(frozen=True, eq=False)
class Thinned:
    """A scan with fewer voxels.

    Parameters
    ----------
    hu : (Z, Y, X) int16
        Means of blocks.
    geometry : Geometry
    """

    hu: HUArray
    geometry: Geometry


def thin(hu: HUArray, geometry: Geometry, is_hardware: bool, task: Task) -> Thinned:
    """A copy coarse enough to be rendered; belongs in a worker.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    geometry : Geometry
    is_hardware : bool
        A graphics card renders it.
    task : Task
    """
    factors = block_factors(geometry, _MOST_VOXELS[is_hardware])
    shape = [max(n // f, 1) for n, f in zip(hu.shape, factors, strict=True)]
    factors = tuple(min(f, n) for f, n in zip(factors, hu.shape, strict=True))
    means = np.empty(shape, np.int16)
    rows, columns = shape[1] * factors[1], shape[2] * factors[2]
    for z in range(shape[0]):
        task.report(z / shape[0])
        slab = hu[z * factors[0] : (z + 1) * factors[0], :rows, :columns]
        blocks = slab.reshape(len(slab), shape[1], factors[1], shape[2], factors[2])
        means[z] = blocks.mean(axis=(0, 2, 4), dtype=np.float32)
    whole = Box((0, 0, 0), (shape[0] * factors[0], rows, columns))
    spacing = [s * f for s, f in zip(geometry.spacing_zyx, factors, strict=True)]
    coarse = geometry.crop(whole).resampled((spacing[0], spacing[1], spacing[2]))
    return Thinned(means, coarse)


def block_factors(geometry: Geometry, most_voxels: int) -> tuple[int, ...]:
    """Voxels along z, y, x that become one, so that spacing is even and voxels are few."""
    spacing = geometry.spacing_zyx
    wanted = _FINEST_MM
    while True:
        factors = tuple(max(round(wanted / s), 1) for s in spacing)
        if math.prod(n // f for n, f in zip(geometry.shape_zyx, factors, strict=True)) <= (
            most_voxels
        ):
            return factors
        wanted *= 1.1


class BonesAndVessels:
    """A VTK volume of a thinned scan.

    Parameters
    ----------
    scan : Thinned
    is_hardware : bool

    Attributes
    ----------
    prop : vtkVolume
        For `Scene.set_volume`.
    """

    def __init__(self, scan: Thinned, is_hardware: bool) -> None:
        self._is_hardware = is_hardware
        self._step_mm = min(scan.geometry.spacing_zyx)
        self._mapper = (
            vtkOpenGLGPUVolumeRayCastMapper() if is_hardware else vtkFixedPointVolumeRayCastMapper()
        )
        self._mapper.SetInputData(_image(scan))
        self._mapper.SetBlendModeToComposite()
        self._mapper.SetAutoAdjustSampleDistances(is_hardware)
        self.prop = vtkVolume()
        self.prop.SetMapper(self._mapper)
        self.prop.SetProperty(_look())
        self.prop.SetUserMatrix(_turn(scan.geometry.zyx_to_ras, scan.geometry.spacing_zyx))
        self.prop.PickableOff()

    def set_quality(self, is_fine: bool, pixels: int) -> None:
        """Cast as many rays as a processor manages while the hand moves, or while it rests.

        Parameters
        ----------
        is_fine : bool
            The hand rests.
        pixels : int
            Device pixels of the picture.
        """
        if self._is_hardware:
            return
        rays = _RAYS["fine" if is_fine else "coarse"]
        self._mapper.SetImageSampleDistance(min(max(math.sqrt(pixels / rays), 1.0), 10.0))
        self._mapper.SetSampleDistance(self._step_mm * (1.0 if is_fine else 2.0))


def _image(scan: Thinned) -> vtkImageData:
    depth, height, width = scan.hu.shape
    z, y, x = scan.geometry.spacing_zyx
    image = vtkImageData()
    image.SetDimensions(width, height, depth)
    image.SetSpacing(x, y, z)
    image.GetPointData().SetScalars(numpy_to_vtk(scan.hu.ravel(), deep=False))
    return image


def _turn(zyx_to_ras: FloatArray, spacing_zyx: tuple[float, float, float]) -> vtkMatrix4x4:
    """From the image's (x, y, z) mm to RAS+ mm: a turn and a shift."""
    matrix = vtkMatrix4x4()
    for row in range(3):
        for column, axis in enumerate((2, 1, 0)):
            matrix.SetElement(row, column, zyx_to_ras[row, axis] / spacing_zyx[axis])
        matrix.SetElement(row, 3, zyx_to_ras[row, 3])
    return matrix


def _look() -> vtkVolumeProperty:
    opacity = vtkPiecewiseFunction()
    for hu, value in _OPACITY:
        opacity.AddPoint(hu, value)
    colour = vtkColorTransferFunction()
    for hu, (red, green, blue) in _COLOUR:
        colour.AddRGBPoint(hu, red, green, blue)
    look = vtkVolumeProperty()
    look.SetScalarOpacity(opacity)
    look.SetScalarOpacityUnitDistance(1.5)
    look.SetColor(colour)
    look.SetInterpolationTypeToLinear()
    look.ShadeOn()
    look.SetAmbient(0.3)
    look.SetDiffuse(0.9)
    look.SetSpecular(0.15)
    look.SetSpecularPower(12.0)
    return look
