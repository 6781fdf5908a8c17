"""Brings a slice's picture from what was drawn last to what is to be drawn now."""

from __future__ import annotations

import numpy as np

from kidview.session import SEEDS, Change, Session, Slab, SlicePlan, What
from kidview.ui.paint import overlay_table
from kidview.ui.projection import Projection
from kidview.ui.sheet import Plane, Sheet
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.slice_items import Line, label_lines, scribble_lines

_FAINT = 0.4


class SliceDrawing:
    """What of scan, labels, doubt, proposal and scribbles must be drawn again, and how.

    Parameters
    ----------
    session : Session
    canvas : SliceCanvas
    """

    def __init__(self, session: Session, canvas: SliceCanvas) -> None:
        self._session, self._canvas = session, canvas
        self._plan: SlicePlan | None = None
        self._sheet: Sheet | None = None
        self._slab: tuple[Sheet, Slab, Plane] | None = None

    def forget(self) -> None:
        """All is to be drawn again."""
        self._plan = self._sheet = self._slab = None

    @property
    def is_rough(self) -> bool:
        """Whether a turned plane was drawn with few pixels, to be drawn finely when it rests."""
        return self._sheet is not None and self._sheet.is_rough

    def sheet(self, plan: SlicePlan, projection: Projection, is_rough: bool = False) -> Sheet:
        """What a plan shows of the open scan on this screen; rough, with few pixels."""
        assert self._session.volume is not None
        geometry, ratio = self._session.volume.geometry, self._canvas.devicePixelRatioF()
        return Sheet.of(plan, projection, geometry, ratio=ratio, is_rough=is_rough)

    def take_slab(self, sheet: Sheet, slab: Slab, plane: Plane) -> None:
        """A slab on a turned plane in all its pixels, which takes too long to wait for."""
        self._slab = (sheet, slab, plane)

    def draw(
        self, change: Change, plan: SlicePlan, projection: Projection, is_rough: bool = False
    ) -> None:
        """Repaint the difference; a scan is open. Rough: a turned plane with few pixels."""
        session, canvas, old = self._session, self._canvas, self._plan
        assert session.volume is not None
        sheet = self.sheet(plan, projection, is_rough)
        ready = self._slab if self._slab and self._slab[:2] == (sheet, plan.slab) else None
        if sheet.raster is not None and plan.slab is not None and ready is None:
            sheet = self.sheet(plan, projection, is_rough=True)
        is_other, self._plan, self._sheet = sheet != self._sheet, plan, sheet
        is_here = sheet.crosses(change.box)
        if is_other or _scan_look(old) != _scan_look(plan):
            plane = ready[2] if ready else sheet.scan(session.volume, plan.slab)
            canvas.show_scan(plane, plan.window_hu, plan.is_smooth)
        is_other_line = _line_look(old) != _line_look(plan)
        if is_other or (change.what & What.LABELS and is_here):
            self._draw_labels(plan, sheet)
        elif is_other_line:
            self._draw_outlines(plan, sheet)
        if old is None or _fill_look(old) != _fill_look(plan):
            table = overlay_table(plan.opacity, plan.hidden, plan.outline)
            canvas.colour_labels(table, not plan.are_labels_hidden)
        if is_other or _doubt_look(old) != _doubt_look(plan) or change.what & What.PROPOSAL:
            self._draw_doubt(plan, sheet)
        if is_other or is_other_line or change.what & (What.PROPOSAL | What.DRAFT):
            self._draw_proposal(plan, sheet)
        if is_other or (change.what & What.DRAFT and is_here):
            self._draw_scribbles(sheet)
        self._fade_scribbles()
        canvas.compared.show_sheet(sheet, plan, session.compared)
        canvas.place(plan, projection, sheet)

    def _draw_labels(self, plan: SlicePlan, sheet: Sheet) -> None:
        labels = self._session.labels
        assert labels is not None
        plane = sheet.labels(labels.array, labels.geometry)
        self._canvas.show_labels(plane)
        self._canvas.show_outlines(_lines(plane, plan, sheet))

    def _draw_outlines(self, plan: SlicePlan, sheet: Sheet) -> None:
        labels = self._session.labels
        assert labels is not None
        plane = sheet.labels(labels.array, labels.geometry)
        self._canvas.show_outlines(_lines(plane, plan, sheet))

    def _draw_proposal(self, plan: SlicePlan, sheet: Sheet) -> None:
        """What waits for a yes: a network's labels, or what a tool would change."""
        session = self._session
        assert session.volume is not None
        part = None
        if session.proposal is not None:
            proposal = session.proposal
            part = sheet.part(proposal.labels, proposal.box, session.volume.geometry)
        elif session.draft is not None:
            draft = session.draft
            part = sheet.part(draft.shown, draft.edit.box, session.volume.geometry)
        if part is None:
            self._canvas.show_proposal([])
            return
        labels, start = part
        self._canvas.show_proposal(
            label_lines(
                labels,
                sheet.spacing,
                plan.hidden,
                is_smooth=plan.is_smooth,
                is_hatched=True,
                start=start,
            )
        )

    def _draw_scribbles(self, sheet: Sheet) -> None:
        scribbles, volume = self._session.scribbles, self._session.volume
        assert volume is not None
        if sheet.raster is None:
            plane = scribbles.plane(sheet.axis, sheet.index)
            lines = [] if plane is None else scribble_lines(plane, sheet.spacing)
        else:
            copied = scribbles.copy()
            part = None if copied is None else sheet.part(copied[1], copied[0], volume.geometry)
            lines = [] if part is None else scribble_lines(part[0], sheet.spacing, part[1])
        self._canvas.scribbles.show_lines(lines)

    def _fade_scribbles(self) -> None:
        """Scribbles that wait for their tool are faint."""
        self._canvas.scribbles.setOpacity(1.0 if self._session.view.tool == SEEDS else _FAINT)

    def _draw_doubt(self, plan: SlicePlan, sheet: Sheet) -> None:
        unsure, volume = self._session.uncertainty, self._session.volume
        assert volume is not None
        part = None
        if unsure is not None and plan.has_doubt:
            part = sheet.part(unsure.values, unsure.box, volume.geometry)
        if part is None:
            self._canvas.show_doubt(None)
            return
        values, start = part
        plane = np.zeros(sheet.shape, np.uint8)
        row, column = (round(a - b) for a, b in zip(start, sheet.start, strict=True))
        plane[row : row + values.shape[0], column : column + values.shape[1]] = values
        self._canvas.show_doubt(plane)


def _lines(plane: Plane, plan: SlicePlan, sheet: Sheet) -> list[Line]:
    """Outlines of a sheet's (rows, columns) labels."""
    return label_lines(
        plane, sheet.spacing, plan.hidden, is_smooth=plan.is_smooth, start=sheet.start
    )


def _scan_look(plan: SlicePlan | None) -> object:
    """What of a plan changes the grey picture, but for its slice and place."""
    return None if plan is None else (plan.window_hu, plan.is_smooth, plan.slab)


def _line_look(plan: SlicePlan | None) -> object:
    """What of a plan changes outlines."""
    return None if plan is None else (plan.hidden, plan.is_smooth)


def _doubt_look(plan: SlicePlan | None) -> object:
    """Whether doubt is drawn."""
    return None if plan is None else plan.has_doubt


def _fill_look(plan: SlicePlan) -> object:
    """What of a plan changes fills, and whether anything of the labels shows."""
    return (plan.opacity, plan.hidden, plan.outline, plan.are_labels_hidden)
