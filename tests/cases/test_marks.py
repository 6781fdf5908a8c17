"""marks.json: written whole, read back, told by file and field where it is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.cases import Annotation, Bookmark, Marks, read_answers, read_marks, write_marks
from kidview.cases.marks import MARKS_FILE, POINTS
from kidview.core.answers import Answered, ReaderAnswers
from kidview.core.errors import CaseError, WriteError

POINT = st.tuples(*[st.floats(-1e4, 1e4)] * 3)
LINE = Annotation(1, "distance", 0, ((1.5, -2.25, 3.0), (4.0, 5.0, 3.0)))
PLACE = Bookmark("Axial 41", 0, (1.0, 2.0, 3.0), (-160.0, 240.0))


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Annotation, ...]:
    numbers = draw(st.lists(st.integers(1, 10**6), max_size=4, unique=True))
    kinds = [draw(st.sampled_from(sorted(POINTS))) for _ in numbers]
    return tuple(
        Annotation(
            number,
            kind,
            draw(st.integers(0, 2)),
            tuple(draw(st.lists(POINT, min_size=POINTS[kind], max_size=POINTS[kind]))),
        )
        for number, kind in zip(numbers, kinds, strict=True)
    )


BOOKMARKS = st.builds(
    Bookmark,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.integers(0, 2),
    POINT,
    st.tuples(st.floats(-2000, 0), st.floats(1, 3000)),
)


@settings(max_examples=25)
@given(found=drawn(), places=st.lists(BOOKMARKS, max_size=3).map(tuple))
def test_what_is_written_is_read(
    found: tuple[Annotation, ...],
    places: tuple[Bookmark, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("case")
    marks = Marks(found, places, selected=1, begun=Annotation(9, "angle", 0, ()))
    write_marks(folder, marks)
    assert read_marks(folder) == marks.kept
    assert {path.name for path in folder.iterdir()} <= {MARKS_FILE}


def test_a_case_without_marks_has_no_file(tmp_path: Path) -> None:
    assert read_marks(tmp_path) == Marks()
    write_marks(tmp_path, Marks())
    assert not list(tmp_path.iterdir())


def _both() -> dict[str, Any]:
    return {
        "schema": 1,
        "annotations": [{"number": 1, "kind": "angle", "axis": 0, "points_ras": [[0, 0, 0]] * 3}],
        "bookmarks": [{"name": "a", "axis": 2, "point_ras": [0, 0, 0], "window_hu": [0, 9]}],
    }


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda t: t.pop("schema"), "field 'schema' is missing"),
        (lambda t: t.update(schema=3), "is of a newer KidView"),
        (lambda t: t.update(more=1), "field 'more' is not known"),
        (lambda t: t["annotations"][0].update(kind="area"), "'annotations.1.kind' must be"),
        (lambda t: t["annotations"][0].update(axis=3), "'annotations.1.axis' must be 0, 1 or 2"),
        (lambda t: t["annotations"][0].update(number=0), "'annotations.1.number' must be"),
        (lambda t: t["annotations"][0].update(tip=0), "'annotations.1.tip' is not known"),
        (lambda t: t["annotations"].append(t["annotations"][0]), "has a number twice"),
        (lambda t: t["annotations"][0]["points_ras"].pop(), "must be a list of 3 points"),
        (lambda t: t["annotations"][0].update(points_ras=[[0, 0]] * 3), "must be 3 numbers"),
        (lambda t: t["bookmarks"][0].update(point_ras=[0, 0, "a"]), "'bookmarks.1.point_ras' must"),
        (lambda t: t["bookmarks"][0].update(window_hu=[9, 0]), "'bookmarks.1.window_hu' must rise"),
        (lambda t: t["bookmarks"][0].update(name=5), "'bookmarks.1.name' must be text"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_field(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], object], told: str
) -> None:
    table = _both()
    path = tmp_path / MARKS_FILE
    path.write_text(json.dumps(table))
    assert len(read_marks(tmp_path).bookmarks) == 1
    spoil(table)
    path.write_text(json.dumps(table))
    with pytest.raises(CaseError, match=f"{tmp_path.name}/marks.json") as error:
        read_marks(tmp_path)
    assert told in error.value.what


def test_a_file_nobody_can_read_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / MARKS_FILE
    path.write_bytes(b"{half")
    with pytest.raises(CaseError, match="is no JSON"):
        write_marks(tmp_path, Marks((LINE,), (PLACE,)))
    assert path.read_bytes() == b"{half"


def test_a_case_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="does not exist"):
        write_marks(tmp_path / "P-1", Marks((LINE,)))


SAID = Answered(
    "tumour",
    ReaderAnswers(touches_main_vessel=False, nearness_mm=5.5, location=2, rim="medial"),
    (1.5, -2.25, 3.0),
)


def test_answers_are_kept_with_the_place_of_their_lesion(tmp_path: Path) -> None:
    marks = Marks((LINE,), (PLACE,), selected=1).with_answers(None, SAID)
    write_marks(tmp_path, marks)
    assert read_marks(tmp_path).answers == (SAID,)
    table = json.loads((tmp_path / MARKS_FILE).read_text())
    assert table["answers"] == [
        {
            "kind": "tumour",
            "point_ras": [1.5, -2.25, 3.0],
            "touches_main_vessel": False,
            "nearness_mm": 5.5,
            "location": 2,
            "rim": "medial",
        }
    ]
    other = Answered("tumour", ReaderAnswers(face="a"), (0.0, 0.0, 0.0))
    assert marks.with_answers(SAID, other).answers == (other,)
    assert marks.with_answers(SAID, None).answers == ()


def test_what_else_changes_leaves_answers_as_they_are() -> None:
    marks = Marks((LINE,), (PLACE,), selected=1, answers=(SAID,))
    assert marks.without_selected() == Marks((), (PLACE,), answers=(SAID,))
    assert marks.without_bookmark(PLACE).answers == marks.with_annotation(LINE).answers == (SAID,)


def test_marks_of_the_version_before_have_no_answers(tmp_path: Path) -> None:
    table = {"schema": 1, "annotations": [], "bookmarks": []}
    (tmp_path / MARKS_FILE).write_text(json.dumps(table))
    assert read_marks(tmp_path) == Marks()


def said(**change: object) -> dict[str, object]:
    return {"kind": "tumour", "point_ras": [1, 2, 3], "face": "a"} | change


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (said(kind="stone"), "'answers.1.kind' must be tumour or cyst"),
        (said(point_ras=[1, 2]), "'answers.1.point_ras' must be 3 numbers"),
        (said(face="up"), '\'answers.1.face\' must be "a" or "p" or "x", not "up"'),
        (said(location=True), "'answers.1.location' must be 1 or 2 or 3, not true"),
        (said(in_sinus=1), "'answers.1.in_sinus' must be false or true, not 1"),
        (said(nearness_mm=-1), "'answers.1.nearness_mm' must be a distance"),
        (said(nearness_mm="5"), "'answers.1.nearness_mm' must be a distance"),
        (said(fase="a"), "'answers.1.fase' is not known, perhaps 'face'"),
        ({"kind": "cyst", "point_ras": [1, 2, 3]}, "'answers.1' answers nothing"),
        ({"lesion": "X1", "face": "a"}, "'answers.1.lesion' must be like T1"),
        ("T1", "'answers.1' must be a table"),
    ],
)
def test_a_wrong_answer_is_told_by_file_and_field(
    tmp_path: Path, table: dict[str, object], told: str
) -> None:
    path = tmp_path / "said.json"
    path.write_text(json.dumps({"answers": [table]}))
    with pytest.raises(CaseError) as error:
        read_answers(path)
    assert error.value.what.startswith("said.json: field") and told in error.value.what


def test_answers_are_read_from_a_file_of_their_own_or_from_marks(tmp_path: Path) -> None:
    path = tmp_path / "said.json"
    path.write_text(json.dumps({"answers": [{"lesion": "C2", "in_sinus": True}, said()]}))
    assert read_answers(path) == (
        Answered("cyst", ReaderAnswers(in_sinus=True), "C2"),
        Answered("tumour", ReaderAnswers(face="a"), (1.0, 2.0, 3.0)),
    )
    write_marks(tmp_path, Marks((LINE,), answers=(SAID,)))
    assert read_answers(tmp_path / MARKS_FILE) == (SAID,)
    for text, words in (("{", "is no JSON"), ('{"more": 1, "answers": []}', "is not known")):
        path.write_text(text)
        with pytest.raises(CaseError, match=words):
            read_answers(path)
    with pytest.raises(CaseError, match="cannot be read"):
        read_answers(tmp_path / "gone.json")
