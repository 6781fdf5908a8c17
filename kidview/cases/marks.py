"""What people measured, answered and want to come back to: marks.json in a case's folder.

It belongs to no record, as the case's picture does: labels, status and exports know nothing of
it, and whoever deletes it loses the marks and nothing else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from kidview.cases.answers import answered, as_table
from kidview.cases.fields import Fields, numbers, point
from kidview.core.answers import Answered
from kidview.core.errors import CaseError, WriteError
from kidview.core.types import Triple
from kidview.io import write_atomically

MARKS_FILE = "marks.json"
SCHEMA = 2
"""Version 2 added `answers`."""
POINTS = {"distance": 2, "angle": 3, "ellipse": 2}
"""Kind of an annotation and how many points it has."""


@dataclass(frozen=True)
class Annotation:
    """Something measured on a slice.

    Parameters
    ----------
    number : int
        From 1; no other annotation of the scan has it.
    kind : str
        "distance" between two points, "angle" at the second of three, "ellipse" that fills
        the rectangle between two opposite corners.
    axis : int
        Array axis its plane cuts across: 0 axial, 1 coronal, 2 sagittal.
    points_ras : tuple of 3 floats each
        mm, RAS+; all on one slice.
    """

    number: int
    kind: str
    axis: int
    points_ras: tuple[Triple, ...]

    @property
    def is_whole(self) -> bool:
        """Whether it has all its points."""
        return len(self.points_ras) == POINTS[self.kind]

    def with_point(self, point_ras: Triple) -> Annotation:
        """One more point."""
        return replace(self, points_ras=(*self.points_ras, point_ras))

    def moved(self, number: int, point_ras: Triple) -> Annotation:
        """One of its points elsewhere."""
        points = list(self.points_ras)
        points[number] = point_ras
        return replace(self, points_ras=tuple(points))

    def shifted(self, by_mm: Triple) -> Annotation:
        """All of it elsewhere."""
        dx, dy, dz = by_mm
        return replace(
            self, points_ras=tuple((x + dx, y + dy, z + dz) for x, y, z in self.points_ras)
        )


@dataclass(frozen=True)
class Bookmark:
    """A place to come back to.

    Parameters
    ----------
    name : str
    axis : int
        Of the view it was set in.
    point_ras : 3 floats
        The crosshair, mm, RAS+; it tells the slices too.
    window_hu : (low, high)
        HU drawn black and white.
    """

    name: str
    axis: int
    point_ras: Triple
    window_hu: tuple[float, float]


@dataclass(frozen=True)
class Marks:
    """All marks of a scan; replaced, never changed.

    Parameters
    ----------
    annotations : tuple of Annotation
    bookmarks : tuple of Bookmark
    selected : int
        Number of the annotation in hand, 0 for none. Of the moment: never written.
    begun : Annotation or None
        One that lacks points. Of the moment too.
    answers : tuple of Answered
        What a person said of lesions, each with a point in its lesion.
    """

    annotations: tuple[Annotation, ...] = ()
    bookmarks: tuple[Bookmark, ...] = ()
    selected: int = 0
    begun: Annotation | None = None
    answers: tuple[Answered, ...] = ()

    @property
    def kept(self) -> Marks:
        """What is written of them."""
        return Marks(self.annotations, self.bookmarks, answers=self.answers)

    @property
    def next_number(self) -> int:
        """A number no annotation has."""
        return 1 + max((one.number for one in self.annotations), default=0)

    @property
    def in_hand(self) -> Annotation | None:
        """The annotation selected."""
        return next((one for one in self.annotations if one.number == self.selected), None)

    def with_annotation(self, annotation: Annotation) -> Marks:
        """With a new one, or with another in the place of the one of its number; it is selected."""
        changed = {one.number: one for one in self.annotations} | {annotation.number: annotation}
        return replace(
            self, annotations=tuple(changed.values()), selected=annotation.number, begun=None
        )

    def with_bookmark(self, bookmark: Bookmark) -> Marks:
        """One more place to come back to."""
        return replace(self, bookmarks=(*self.bookmarks, bookmark))

    def without_bookmark(self, bookmark: Bookmark) -> Marks:
        """One place less."""
        return replace(self, bookmarks=tuple(one for one in self.bookmarks if one != bookmark))

    def without_selected(self) -> Marks:
        """Without the one in hand, or the one begun."""
        left = tuple(one for one in self.annotations if one.number != self.selected)
        annotations = self.annotations if self.begun else left
        return replace(self, annotations=annotations, selected=0, begun=None)

    def with_answers(self, old: Answered | None, new: Answered | None) -> Marks:
        """Other answers of a lesion in the place of those it had; None for none."""
        left = tuple(one for one in self.answers if one != old)
        return replace(self, answers=left if new is None else (*left, new))


def read_marks(folder: Path) -> Marks:
    """The marks in a case's folder; none where there is no file.

    Raises
    ------
    CaseError
        Tells file and field.
    """
    file = f"{folder.name}/{MARKS_FILE}"
    try:
        raw = (folder / MARKS_FILE).read_bytes()
    except FileNotFoundError:
        return Marks()
    except OSError as error:
        raise CaseError(f"{file} cannot be read", "check the disk") from error
    return _from_json(raw, file)


def write_marks(folder: Path, marks: Marks) -> None:
    """Write marks.json, whole or not at all; a file that nobody can read is left as it is.

    Raises
    ------
    CaseError, WriteError
    """
    if read_marks(folder) == marks.kept:
        return

    def write(path: Path) -> None:
        path.write_text(_to_json(marks), encoding="utf-8", newline="\n")

    def check(path: Path) -> None:
        if _from_json(path.read_bytes(), MARKS_FILE) != marks.kept:
            raise WriteError(f"{MARKS_FILE} reads back different", "check the disk")

    write_atomically(folder / MARKS_FILE, ".json", write, check, overwrite=True)


def _to_json(marks: Marks) -> str:
    table = {
        "schema": SCHEMA,
        "annotations": [
            {"number": one.number, "kind": one.kind, "axis": one.axis, "points_ras": one.points_ras}
            for one in marks.annotations
        ],
        "bookmarks": [
            {
                "name": one.name,
                "axis": one.axis,
                "point_ras": one.point_ras,
                "window_hu": one.window_hu,
            }
            for one in marks.bookmarks
        ],
        "answers": [as_table(one) for one in marks.answers],
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def _from_json(raw: bytes, file: str) -> Marks:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{file} is no JSON", "take it from a backup, or delete it") from error
    top = Fields(found, file)
    schema = top.whole("schema", 1)
    if schema > SCHEMA:
        raise CaseError(f"{file} is of a newer KidView", "update KidView to open it")
    annotations = tuple(_annotation(one) for one in top.tables("annotations"))
    used = [one.number for one in annotations]
    if len(set(used)) < len(used):
        raise top.wrong("annotations", "has a number twice")
    bookmarks = tuple(_bookmark(one) for one in top.tables("bookmarks"))
    answers = top.tables("answers") if "answers" in top.names() else ()
    marks = Marks(annotations, bookmarks, answers=tuple(answered(one) for one in answers))
    top.end()
    return marks


def _annotation(table: Fields) -> Annotation:
    kind = table.choice("kind", POINTS)
    points = table.take("points_ras")
    if not isinstance(points, list) or len(points) != POINTS[kind]:
        raise table.wrong("points_ras", f"must be a list of {POINTS[kind]} points")
    made = Annotation(
        table.whole("number", 1),
        kind,
        _axis(table),
        tuple(point(table, "points_ras", one) for one in points),
    )
    table.end()
    return made


def _bookmark(table: Fields) -> Bookmark:
    name, place = table.text("name"), point(table, "point_ras", table.take("point_ras"))
    low, high = numbers(table, "window_hu", table.take("window_hu"), 2)
    if low >= high:
        raise table.wrong("window_hu", "must rise")
    made = Bookmark(name, _axis(table), place, (low, high))
    table.end()
    return made


def _axis(table: Fields) -> int:
    axis = table.whole("axis")
    if axis > 2:
        raise table.wrong("axis", "must be 0, 1 or 2")
    return axis
