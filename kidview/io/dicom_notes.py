"""What is odd about a series, in sentences with the places where it is odd."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kidview.core.volume import Level, Note
from kidview.io.dicom_geometry import Layout, Spacing
from kidview.io.dicom_header import Slice

_PLACES_NAMED = 6


def geometry_notes(slices: Sequence[Slice], layout: Layout) -> tuple[Note, ...]:
    """Spacing, gaps, tilt and shifts of slices sorted along their normal.

    Parameters
    ----------
    slices : sequence of Slice
    layout : Layout
        Of these slices.

    Returns
    -------
    tuple of Note
    """
    notes: list[Note] = []
    gaps = np.diff(layout.along)
    if len(slices) == 1:
        text = f"One slice only: its depth was taken as {layout.gap:.3g} mm"
        notes.append(Note(Level.WARNING, text))
    elif layout.spacing is Spacing.JITTER:
        text = f"The slice distance varies by {np.ptp(gaps):.2g} mm around {layout.gap:.4g} mm"
        notes.append(Note(Level.INFO, text))
    elif layout.spacing is Spacing.GAPS:
        notes.append(Note(Level.WARNING, _missing(slices, layout)))
    elif layout.spacing is Spacing.UNEVEN:
        text = (
            f"The slice distance varies from {gaps.min():.4g} to {gaps.max():.4g} mm "
            f"(at {_where_it_changes(slices, layout)}): "
            f"resampled to {layout.gap:.4g} mm, volumes are estimates"
        )
        notes.append(Note(Level.WARNING, text))
    if layout.tilt_degrees:
        text = (
            f"The gantry was tilted by {layout.tilt_degrees:.1f} degrees: slices were shifted in "
            "their plane onto a straight grid; labels are saved on that grid"
        )
        notes.append(Note(Level.WARNING, text))
    elif layout.is_shifted:
        far = float(np.abs(layout.across).max())
        text = f"Slices lie up to {far:.2g} mm sideways of each other: shifted onto a straight grid"
        notes.append(Note(Level.WARNING, text))
    return tuple(notes)


def _missing(slices: Sequence[Slice], layout: Layout) -> str:
    places = [_place(slices, layout, n / (layout.planes - 1)) for n in layout.inserted]
    count = len(places)
    shown = ", ".join(f"{mm:.1f}" for mm in places[:_PLACES_NAMED])
    if count > _PLACES_NAMED:
        shown += f", ... {places[-1]:.1f}"
    noun = "slice is" if count == 1 else "slices are"
    return (
        f"{count} {noun} missing at {_axis(layout)} {shown} mm: "
        "filled in between their neighbours, volumes are estimates"
    )


def _where_it_changes(slices: Sequence[Slice], layout: Layout) -> str:
    """The first places where the distance to the next slice changes."""
    gaps = np.diff(layout.along)
    changes = np.flatnonzero(np.abs(np.diff(gaps)) > 0.02 * gaps[:-1]) + 1
    share = layout.along / layout.along[-1]
    places = [_place(slices, layout, float(share[n])) for n in changes[:_PLACES_NAMED]]
    more = ", ..." if len(changes) > _PLACES_NAMED else ""
    return f"{_axis(layout)} " + ", ".join(f"{mm:.1f}" for mm in places) + more


def _axis(layout: Layout) -> str:
    """The RAS axis the normal follows most."""
    return "xyz"[int(np.abs(layout.axes[:, 2]).argmax())]


def _place(slices: Sequence[Slice], layout: Layout, share: float) -> float:
    """RAS coordinate along `_axis`, mm, at a share of the way from first to last slice."""
    row = int(np.abs(layout.axes[:, 2]).argmax())
    first, last = (np.array(slices[n].position) for n in (0, -1))
    to_ras = (-1.0, -1.0, 1.0)[row]
    return to_ras * float(first[row] + share * (last - first)[row])


def value_notes(slices: Sequence[Slice]) -> tuple[Note, ...]:
    """What the headers say about the values: lossy, unit, rescale, kind of image."""
    notes: list[Note] = []
    first = slices[0]
    lossy = sum(one.lossy for one in slices)
    if lossy:
        which = "The slices were" if lossy == len(slices) else f"{lossy} slices were"
        notes.append(Note(Level.WARNING, f"{which} compressed with loss: HU are not exact"))
    if len({(one.slope, one.intercept) for one in slices}) > 1:
        notes.append(Note(Level.INFO, "The rescale to HU differs from slice to slice: applied"))
    if first.slope > 4:
        text = f"HU come in steps of {first.slope:.3g}, too coarse to measure density"
        notes.append(Note(Level.WARNING, text))
    if first.modality not in ("CT", ""):
        text = f"This is {first.modality}, not CT: the values are no HU"
        notes.append(Note(Level.WARNING, text))
    elif first.unit not in ("", "HU", "US"):
        notes.append(Note(Level.WARNING, f"The values are in {first.unit}, not HU"))
    elif "PERFUSION" in first.image_type:
        notes.append(Note(Level.WARNING, "This is a perfusion map: the values are no HU"))
    return tuple(notes)
