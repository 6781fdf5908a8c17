"""A line being drawn on a slice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kidview.core.types import Triple


@dataclass(frozen=True)
class Outline:
    """Anchors set by hand and what leads from each to the next; closed by itself.

    Parameters
    ----------
    tool : str
        Id of the tool that draws it.
    axis, index : int
        The plane: array axis it cuts across, and slice.
    anchors : tuple of 3 floats each
        Fractional voxel indices zyx on the slice.
    legs : tuple of tuples of 3 floats each
        One an anchor: points between it and the next (the last one's: the first). Empty
        legs are straight.
    """

    tool: str
    axis: int
    index: int
    anchors: tuple[Triple, ...] = ()
    legs: tuple[tuple[Triple, ...], ...] = ()

    @property
    def points(self) -> tuple[Triple, ...]:
        """The whole line, anchors and legs in turn."""
        return tuple(
            point
            for anchor, leg in zip(self.anchors, self.legs, strict=True)
            for point in (anchor, *leg)
        )

    def with_anchor(self, at: Triple, leg: tuple[Triple, ...] = ()) -> Outline:
        """One more anchor; `leg` leads to it from the one that was the last."""
        legs = (*self.legs[:-1], leg, ()) if self.anchors else ((),)
        return replace(self, anchors=(*self.anchors, at), legs=legs)

    def without_last(self) -> Outline:
        """The last anchor taken back, with the leg that led to it."""
        legs = (*self.legs[:-2], ())[: len(self.anchors) - 1]
        return replace(self, anchors=self.anchors[:-1], legs=legs)

    def moved(self, number: int, to: Triple) -> Outline:
        """An anchor moved; the legs on both its sides become straight."""
        anchors, legs = list(self.anchors), list(self.legs)
        anchors[number] = to
        legs[number] = legs[number - 1] = ()
        return replace(self, anchors=tuple(anchors), legs=tuple(legs))

    def on_slice(self, index: int) -> Outline:
        """The same line on another slice of the plane."""

        def there(point: Triple) -> Triple:
            z, y, x = (float(index) if a == self.axis else v for a, v in enumerate(point))
            return (z, y, x)

        return replace(
            self,
            index=index,
            anchors=tuple(there(p) for p in self.anchors),
            legs=tuple(tuple(there(p) for p in leg) for leg in self.legs),
        )
