"""Between the plane of a slice (mm) and the pixels of its view."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kidview.session import SlicePlan

MM_PER_PIXEL_RANGE = (0.01, 20.0)
_MARGIN_PX = 4


@dataclass(frozen=True)
class Projection:
    """A plane seen in a view: u grows to the left of the screen, v upward.

    Parameters
    ----------
    size_px : (width, height)
    centre_uv : (u, v) mm
        Point of the plane in the middle of the view.
    mm_per_pixel : float
        The same both ways, whatever the voxels' spacing.
    """

    size_px: tuple[int, int]
    centre_uv: tuple[float, float]
    mm_per_pixel: float

    @classmethod
    def of(cls, plan: SlicePlan, size_px: tuple[int, int]) -> Projection:
        """The projection a plan asks for in a view of a size."""
        return cls(size_px, plan.centre_uv, plan.mm_per_pixel or fitting(plan, size_px))

    def to_pixels(self, u: float, v: float) -> tuple[float, float]:
        """(x, y) pixels, y downward, of a point of the plane."""
        width, height = self.size_px
        x = width / 2 - (u - self.centre_uv[0]) / self.mm_per_pixel
        return x, height / 2 - (v - self.centre_uv[1]) / self.mm_per_pixel

    def to_plane(self, x: float, y: float) -> tuple[float, float]:
        """(u, v) mm under a pixel."""
        width, height = self.size_px
        u = self.centre_uv[0] - (x - width / 2) * self.mm_per_pixel
        return u, self.centre_uv[1] - (y - height / 2) * self.mm_per_pixel

    def zoomed(self, factor: float, x: float, y: float) -> Projection:
        """Magnified `factor` times; the point under pixel (x, y) stays where it is."""
        low, high = MM_PER_PIXEL_RANGE
        scale = min(max(self.mm_per_pixel / factor, low), high)
        held, ratio = self.to_plane(x, y), scale / self.mm_per_pixel
        u, v = (h + (c - h) * ratio for h, c in zip(held, self.centre_uv, strict=True))
        return replace(self, centre_uv=(u, v), mm_per_pixel=scale)


def fitting(plan: SlicePlan, size_px: tuple[int, int]) -> float:
    """mm per pixel at which a whole slice just fits, voxels' outer faces included."""
    height_mm, width_mm = (n * d for n, d in zip(plan.shape, plan.spacing, strict=True))
    width, height = (max(n - 2 * _MARGIN_PX, 1) for n in size_px)
    return max(width_mm / width, height_mm / height)
