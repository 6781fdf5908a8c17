"""The report: the numbers of kidview.measure, pictures that show them, and no name."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from pypdf import PdfReader
from PySide6.QtGui import QImage

from kidview.core.errors import EmptyMask, WriteError
from kidview.core.labels import LabelMap
from kidview.core.volume import Source, Volume
from kidview.measure import MEASURES, measure_case
from kidview.measure.padua import padua_score
from kidview.measure.renal import renal_score
from kidview.ui.opengl import SWITCH
from kidview.ui.paint import rgb
from kidview.ui.report.authorship import by_file
from kidview.ui.report.content import DISCLAIMER, scan_name
from kidview.ui.report.picture import RATIO, Picture
from kidview.ui.report.pictures import CALIPER, SIDE_PX, evidence_of, lesion_picture
from kidview.ui.report.wording import number_in_words
from kidview.ui.report.writing import Wanted, Written, make_report
from tests.ui.report_stage import CYST, MORE, Told, scan_of, text_of

Pixels = npt.NDArray[np.int16]


@pytest.fixture(autouse=True, scope="module")
def flat() -> Iterator[None]:
    """No process that draws in 3D; `test_report_solid` has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "off")
        yield


def write(
    made: tuple[Volume, LabelMap], path: Path, name: str = "made_up.nii.gz", paper: str = "a4"
) -> Written:
    volume, labels = made
    wanted = Wanted(volume, name, lambda _labels: by_file("labels.nii.gz", "net 1.0"))
    return make_report(wanted, labels, path, paper, overwrite=False)


def html_of(made: tuple[Volume, LabelMap], path: Path, name: str = "made_up.nii.gz") -> Told:
    write(made, path, name)
    return Told(path.read_text(encoding="utf-8"))


def pixels_of(picture: Picture) -> Pixels:
    image = QImage.fromData(picture.png()).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(np.int16)


def is_near(pixels: Pixels, x: float, y: float, colour: str, reach: int = 2) -> bool:
    """Whether a colour is within some pixels of a place."""
    row, column = round(y), round(x)
    part = pixels[row - reach : row + reach + 1, column - reach : column + reach + 1]
    return bool((np.abs(part - np.array(rgb(colour))).max(axis=-1) < 12).any())


@pytest.fixture(scope="module")
def page(qapp: object, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a scan with a tumour and a cyst."""
    path = tmp_path_factory.mktemp("report") / "a.html"
    write(scan_of(CYST), path)
    return path.read_text(encoding="utf-8")


# -- numbers ----------------------------------------------------------------------


def test_the_numbers_of_the_page_are_those_of_the_measures(page: str) -> None:
    volume, labels = scan_of(CYST)
    told = Told(page)
    measured = measure_case(volume.hu, labels.array, volume.geometry)
    compared = 0
    for row in MEASURES:
        title = f"{row.title},\N{NO-BREAK SPACE}{row.unit.replace('cm2', 'cm²')}".rstrip(", \xa0")
        if title not in told.rows or row.of == "case" or row.id.endswith("_score"):
            continue
        things = measured.kidneys if row.of == "kidney" else measured.lesions
        for thing, cell in zip(things, told.rows[title], strict=True):
            value, number = thing.values[row.id], cell.split()[0]
            if value.number is None:
                assert cell == f"– {value.reason}"
                continue
            half_digit = 0.5 * 10.0 ** -len(number.partition(".")[2])
            assert float(number) == pytest.approx(value.number, abs=1.001 * half_digit), title
            compared += 1
    assert compared >= 4 * 2 + 5 * 2  # kidneys; lesions, axial diameters and HU apart


def test_both_axial_diameters_and_hu_are_told_together(page: str) -> None:
    volume, labels = scan_of(CYST)
    told = Told(page)
    tumour = measure_case(volume.hu, labels.array, volume.geometry).lesions[0].values
    long, short = (tumour[id].number or 0 for id in ("axial_diameter_mm", "axial_across_mm"))
    assert told.rows["Axial diameters,\xa0mm"][0] == f"{long:.1f} × {short:.1f}"
    mean, spread = (tumour[id].number or 0 for id in ("mean_hu", "sd_hu"))
    assert told.rows["Mean ± SD,\xa0HU"][0] == f"{mean:.0f} ± {spread:.0f}"


def test_scores_are_told_with_parts_and_what_is_not_known(page: str) -> None:
    volume, labels = scan_of(CYST)
    told = Told(page)
    case = measure_case(volume.hu, labels.array, volume.geometry).case
    tumour = case.anatomy.lesions[0]
    for system, score in (
        ("RENAL", renal_score(case, tumour)),
        ("PADUA", padua_score(case, tumour)),
    ):
        sums, parts = told.rows[f"{system} score"], told.rows[f"{system} parts"]
        assert sums[0].split()[0] == score.code
        for one in score.components:
            if one.is_scored:
                points = "?" if one.points is None else one.points
                assert f"{one.key}\xa0{points}" in parts[0]
            if one.source == "unknown":
                assert one.title.lower() in parts[0]
        assert "told of tumours only" in sums[1] and parts[1] == ""


def test_a_missing_number_says_why(qapp: object, tmp_path: Path) -> None:
    volume, labels = scan_of(has_tumour=False)
    alone = LabelMap(
        np.where(np.arange(110) < 55, labels.array, 0).astype(np.uint8), volume.geometry
    )
    told = html_of((volume, alone), tmp_path / "a.html")
    assert told.rows["Share of parenchyma,\xa0%"] == ["– only one kidney is labelled"]
    assert any("no tumour and no cyst" in one.lower() for one in told.words)


@pytest.mark.parametrize("suffix", ["pdf", "html"])
def test_a_lesion_without_a_kidney_is_reported(suffix: str, qapp: object, tmp_path: Path) -> None:
    volume, labels = scan_of(CYST)
    lone = LabelMap(np.where(labels.array == 2, 2, 0).astype(np.uint8), volume.geometry)
    write((volume, lone), tmp_path / f"a.{suffix}")
    if suffix == "html":
        told = Told((tmp_path / "a.html").read_text(encoding="utf-8"))
        assert told.rows["Place"] == ["no kidney near"]
        assert told.rows["C-Index"] == ["– no kidney is near"]
        assert "No kidney is labelled." in told.words
        assert len(told.pictures) == 4  # the whole, and three planes of the only lesion


@pytest.mark.parametrize(
    ("number", "digits", "words"),
    [(275.84, 1, "276"), (37.01, 2, "37.0"), (3.117, 2, "3.12"), (0.0, 1, "0.0"), (-4.4, 0, "-4")],
)
def test_three_digits_are_told(number: float, digits: int, words: str) -> None:
    assert number_in_words(number, digits) == words


# -- names ------------------------------------------------------------------------


def test_a_series_goes_by_its_description_and_a_case_by_its_pseudonym() -> None:
    source = scan_of(path=Path("/scans/DOE^JANE"))[0].source
    dicom = Source(source.path, "DICOM", source.order, source.file_affine, "Portal 5 mm")
    told = replace(dicom, header={"public_title": "Portal 5 mm"})
    assert scan_name(source) == "DOE^JANE"
    assert scan_name(told) == "Portal 5 mm"
    assert scan_name(dicom) == "CT series"  # nobody looked whether it names the patient
    assert scan_name(dicom, "P-7F3A2C9K-1") == "P-7F3A2C9K-1"


def test_a_file_name_cannot_become_markup(qapp: object, tmp_path: Path) -> None:
    odd = "<b>a&b</b>\"'.nii.gz"
    told = html_of(scan_of(has_tumour=False), tmp_path / "a.html", odd)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<b>a" not in page and "&lt;b&gt;a&amp;b" in page
    assert odd in "".join(told.words)


def test_the_page_loads_nothing_from_anywhere(page: str) -> None:
    told = Told(page)
    assert "http:" not in page and "https:" not in page and "<script" not in page
    assert len(told.pictures) == 3  # overview, tumour, cyst
    for source in told.pictures:
        head, _comma, data = source.partition(",")
        assert head == "data:image/png;base64"
        raw = base64.b64decode(data)
        assert not QImage.fromData(raw).isNull()
        assert b"tEXt" not in raw and b"iTXt" not in raw


# -- pages ------------------------------------------------------------------------


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_three_lesions_fit_one_page_with_the_sentence(
    paper: str, qapp: object, tmp_path: Path
) -> None:
    written = write(scan_of(CYST, MORE[0]), tmp_path / "a.pdf", paper=paper)
    (text,) = text_of(tmp_path / "a.pdf")
    assert written.pages == 1 and written.lesions == 3
    for words in ("Kidneys and lesions in CT", "made_up.nii.gz", "net 1.0", DISCLAIMER, "T1", "C2"):
        assert words in text
    width, height = PdfReader(tmp_path / "a.pdf").pages[0].mediabox[2:]
    assert (float(width), float(height)) == pytest.approx(
        (595, 842) if paper == "a4" else (612, 792), abs=1
    )


def test_more_lesions_take_more_pages_each_with_the_sentence(qapp: object, tmp_path: Path) -> None:
    made = scan_of(CYST, *MORE)
    written = write(made, tmp_path / "a.pdf")
    pages = text_of(tmp_path / "a.pdf")
    assert len(pages) == written.pages == 2
    assert all(DISCLAIMER in page for page in pages)
    assert "page 1 of 2" in pages[0] and "C3" in pages[1]
    assert "".join(html_of(made, tmp_path / "a.html").words).count(DISCLAIMER) == 2


def test_the_pdf_tells_the_pages_numbers(page: str, tmp_path: Path) -> None:
    told = Told(page)
    write(scan_of(CYST), tmp_path / "a.pdf")
    text = " ".join(text_of(tmp_path / "a.pdf"))
    for title, cells in told.rows.items():
        for cell in cells if "score" not in title else ():
            assert cell.split()[0] in text if cell else True, title


# -- pictures ---------------------------------------------------------------------


def test_calipers_end_where_the_diameter_was_measured(qapp: object) -> None:
    volume, labels = scan_of(CYST)
    measured = measure_case(volume.hu, labels.array, volume.geometry)
    lesion, values = measured.case.anatomy.lesions[0], measured.lesions[0]
    picture = lesion_picture(volume, labels.array, lesion, values)
    pixels = pixels_of(picture)
    long = values.values["axial_diameter_mm"]
    ends = np.array(long.points_ras)
    # The middle of the picture is the calipers' middle; right is left on paper, anterior is up.
    scale = RATIO * SIDE_PX / max(110.0, 2 * (long.number or 0))
    middle = ends.mean(axis=0)
    places = [360 - scale * (end - middle)[:2] for end in (*ends, middle)]
    for x, y in places:
        assert is_near(pixels, x, y, CALIPER)
    beyond = 360 - scale * 1.3 * (ends[0] - middle)[:2]
    assert not is_near(pixels, beyond[0], beyond[1], CALIPER)
    assert f"slice {(long.slice_z or 0) + 1} of {volume.geometry.shape_zyx[0]}" in picture.caption


def test_the_outline_has_the_labels_colour(qapp: object) -> None:
    volume, labels = scan_of(CYST)
    measured = measure_case(volume.hu, labels.array, volume.geometry)
    for lesion, values in zip(measured.case.anatomy.lesions, measured.lesions, strict=True):
        pixels = pixels_of(lesion_picture(volume, labels.array, lesion, values))
        wanted = {"tumour": "#D55E00", "cyst": "#F0E442"}[lesion.kind]
        assert (np.abs(pixels - np.array(rgb(wanted))).max(axis=-1) < 20).sum() > 200


def test_the_patients_right_is_at_the_left(qapp: object) -> None:
    volume, labels = scan_of(CYST)
    measured = measure_case(volume.hu, labels.array, volume.geometry)
    pictures = evidence_of(volume, labels.array, measured)
    columns, rows = [], []
    for colour in ("#56B4E9", "#D55E00"):  # the left kidney lies to the right of its tumour
        pixels = pixels_of(pictures.lesions["T1"][0])
        there = np.argwhere(np.abs(pixels - np.array(rgb(colour))).max(axis=-1) < 20)
        columns.append(there[:, 1].mean())
        rows.append(there[:, 0].mean())
    assert columns[0] < columns[1]
    assert rows[0] > rows[1]  # and behind it
    pixels = pixels_of(pictures.overview)
    cyst = np.argwhere(np.abs(pixels - np.array(rgb("#F0E442"))).max(axis=-1) < 20)
    assert cyst[:, 1].max() < pixels.shape[1] / 2  # of the right kidney
    assert cyst[:, 0].mean() < pixels.shape[0] / 2  # at its upper pole


# -- files ------------------------------------------------------------------------


def test_nothing_labelled_is_one_sentence(qapp: object, tmp_path: Path) -> None:
    volume, labels = scan_of()
    with pytest.raises(EmptyMask, match="nothing is labelled"):
        write((volume, LabelMap.empty(labels.geometry)), tmp_path / "a.pdf")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["pdf", "html"])
def test_a_folder_that_is_not_there_is_refused(suffix: str, qapp: object, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="does not exist"):
        write(scan_of(), tmp_path / "none" / f"a.{suffix}")


@pytest.mark.parametrize("suffix", ["pdf", "html"])
def test_a_folder_that_may_not_be_written_is_refused(
    suffix: str, qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("kidview.io.atomic._flush", refuse)  # root may write everywhere
    with pytest.raises(WriteError, match="may not be written to"):
        write(scan_of(), tmp_path / f"a.{suffix}")
    assert not list(tmp_path.iterdir())


def test_an_existing_file_and_the_scan_are_never_replaced(qapp: object, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"a scan")
    volume, labels = scan_of()
    wanted = Wanted(volume, "scan", lambda _labels: ())
    with pytest.raises(WriteError, match="exists already"):
        write((volume, labels), scan)
    with pytest.raises(WriteError, match="scan itself"):
        make_report(wanted, labels, scan, "a4", overwrite=True, protected=(scan,))
    assert scan.read_bytes() == b"a scan"
