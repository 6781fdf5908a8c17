"""What is in a data set: every case's grid, labels and volumes, and a picture of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer

from kidview.cases import SetCase, find_cases
from kidview.core.errors import KidViewError, ReadError, WriteError
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io import axis_codes, read_labels, read_scan
from trainer.data.places import make_folder

_PICTURES = 12
_TILE_PX = 256
_COLOURS = np.array([[0, 0, 0], [86, 180, 233], [213, 94, 0], [240, 228, 66]], np.float32)
_HIGHEST = 255  # any map of codes is told of; what is no label is named
HUPlane = npt.NDArray[np.int16]
LabelPlane = npt.NDArray[np.uint8]
_Picture = npt.NDArray[np.uint8]


def describe_case(case: SetCase) -> dict[str, Any]:
    """Grid, values and volumes of a case.

    Returns
    -------
    dict
        ``case``, ``shape_zyx``, ``spacing_zyx_mm``, ``axis_codes``; with labels ``values``
        (NumPy's unique), ``ml`` per label and ``problems`` (values outside 0..3, another grid
        than the scan's); with a scan ``hu_min`` and ``hu_max``.

    Raises
    ------
    ReadError
    CaseError
        A file of a case store is not the one its record tells of.
    """
    case.prove(Task())
    row: dict[str, Any] = {"case": case.name, "problems": []}
    grids = []
    if case.image is not None:
        scan = read_scan(case.image, Task())
        row |= {"hu_min": int(scan.hu.min()), "hu_max": int(scan.hu.max())}
        grids.append(scan)
    if case.labels is not None:
        grid = read_scan(case.labels, Task())
        grids.append(grid)
        try:
            row |= _describe_labels(case.labels, grid)
        except ReadError as error:
            if case.image is None:
                raise
            row["problems"].append(str(error))  # of the scan there is still something to tell
        odd = [value for value in row.get("values", []) if value not in LABEL_NAMES]
        if odd:
            row["problems"].append(f"values that are no label: {odd[:5]}")
    first = grids[0]
    row |= {
        "shape_zyx": list(first.geometry.shape_zyx),
        "spacing_zyx_mm": [round(mm, 4) for mm in first.geometry.spacing_zyx],
        "axis_codes": axis_codes(first.source.file_affine),
    }
    if len(grids) == 2 and (difference := first.geometry.difference(grids[1].geometry)):
        row["problems"].append(f"labels lie on another grid: {difference}")
    return row


def _describe_labels(path: Path, grid: Volume) -> dict[str, Any]:
    """Values of a label map and the volume of each label.

    Raises
    ------
    ReadError
        It holds fractions, or numbers no label map has.
    """
    labels = read_labels(path, grid.geometry, grid.source, task=Task(), highest=_HIGHEST)
    values, counts = np.unique(labels.array, return_counts=True)
    known = dict(zip(values.tolist(), counts.tolist(), strict=True))
    ml = {
        name: round(known.get(label, 0) * grid.geometry.voxel_ml, 3)
        for label, name in LABEL_NAMES.items()
        if label
    }
    return {"values": list(known), "ml": ml}


def picture_of(case: SetCase) -> _Picture:
    """(256, 256, 3) uint8: the axial slice with most lesion (or kidney), labels coloured.

    Raises
    ------
    ReadError
    GridMismatch
        The labels lie on another grid than the scan.
    """
    scan = read_scan(case.image, Task()) if case.image is not None else None
    if case.labels is None:
        assert scan is not None  # a case has one of them
        return _fitted(_painted(scan.hu[len(scan.hu) // 2], None)[::-1, ::-1])
    grid = scan or read_scan(case.labels, Task())
    labels = read_labels(
        case.labels, grid.geometry, grid.source, task=Task(), highest=_HIGHEST
    ).array
    lesion = (labels > 1).sum(axis=(1, 2))
    index = int(np.argmax(lesion if lesion.any() else (labels > 0).sum(axis=(1, 2))))
    plane = scan.hu[index] if scan is not None else None
    return _fitted(_painted(plane, labels[index])[::-1, ::-1])


def _painted(hu: HUPlane | None, labels: LabelPlane | None) -> npt.NDArray[np.float32]:
    """(Y, X, 3): a slice in grey, labels laid over; or labels by themselves."""
    if hu is None:
        assert labels is not None
        return np.asarray(_COLOURS[labels.clip(0, 3)])
    grey = np.clip((hu.astype(np.float32) + 160) / 400 * 255, 0, 255)
    picture = np.repeat(grey[..., None].astype(np.float32), 3, axis=2)
    if labels is not None:
        where = labels > 0
        colours = _COLOURS[labels[where].clip(0, 3)]
        picture[where] = 0.65 * picture[where] + 0.35 * colours
    return picture


def _fitted(picture: npt.NDArray[np.float32]) -> _Picture:
    """On a square of `_TILE_PX`, true to proportion, by picking pixels."""
    rows, columns = picture.shape[:2]
    scale = _TILE_PX / max(rows, columns)
    y = (np.arange(max(1, round(rows * scale))) / scale).astype(int).clip(max=rows - 1)
    x = (np.arange(max(1, round(columns * scale))) / scale).astype(int).clip(max=columns - 1)
    out = np.zeros((_TILE_PX, _TILE_PX, 3), np.uint8)
    small = picture[y][:, x][:_TILE_PX, :_TILE_PX]
    out[: small.shape[0], : small.shape[1]] = small
    return out


def draw_histograms(rows: Sequence[dict[str, Any]], target: Path) -> None:
    """Slice spacing, slices, and volumes of each label over the data set, as one figure."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels: list[tuple[str, list[float]]] = [
        ("slice spacing, mm", [row["spacing_zyx_mm"][0] for row in rows]),
        ("pixel spacing, mm", [row["spacing_zyx_mm"][2] for row in rows]),
        ("slices", [row["shape_zyx"][0] for row in rows]),
    ]
    for label, name in LABEL_NAMES.items():
        volumes = [row["ml"][name] for row in rows if row.get("ml", {}).get(name)]
        if label and volumes:
            panels.append((f"{name}, mL, of {len(volumes)} cases", volumes))
    figure, axes = pyplot.subplots(2, 3, figsize=(12, 6), squeeze=False)
    for place, axis in enumerate(axes.flat):
        axis.set_visible(place < len(panels))
        if place < len(panels):
            title, values = panels[place]
            axis.hist(values, bins=30, color="#4AA8A0")
            axis.set_title(title, fontsize=10)
            axis.set_ylabel("cases", fontsize=8)
    figure.tight_layout()
    figure.savefig(target, dpi=100)
    pyplot.close(figure)


def run_explore(
    folder: Annotated[Path, typer.Argument(help="a data set: KiTS23, nnU-Net raw, or files")],
    out: Annotated[Path, typer.Option(help="folder for cases.json and the pictures")],
    most: Annotated[int, typer.Option(min=0, help="look at that many only; 0 is all")] = 0,
) -> None:
    """Tell every case's grid, label values and volumes; draw histograms and a montage.

    What is wrong with a case is marked with "!". Exit code 1 where none could be read.
    """
    layout, cases = find_cases(folder)
    cases = cases[: most or None]
    make_folder(out)
    rows: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for number, case in enumerate(cases, 1):
        try:
            rows.append(describe_case(case))
        except KidViewError as error:  # one damaged case must not hide the others
            failed.append({"case": case.name, "error": str(error)})
            print(f"{number}/{len(cases)} {case.name}: ! {error}", flush=True)
            continue
        print(f"{number}/{len(cases)} {_line(rows[-1])}", flush=True)
    table = {"layout": layout, "cases": rows, "failed": failed}
    try:
        (out / "cases.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
        if rows:
            draw_histograms(rows, out / "histograms.png")
            good = {row["case"] for row in rows}
            draw_montage([case for case in cases if case.name in good], out / "montage.png")
    except OSError as error:
        raise WriteError(f"cannot write to {out}", "check the folder and disk space") from error
    if not rows:
        raise ReadError(f"no case of {folder} could be read", f"see {out / 'cases.json'}")
    print(f"{layout}: {len(rows)} cases, {len(failed)} could not be read; see {out}")


def draw_montage(cases: Sequence[SetCase], target: Path) -> None:
    """Up to 12 cases, spread over all; none where labels do not fit their scan."""
    from PIL import Image

    tiles: list[_Picture] = []
    for case in cases[:: max(1, len(cases) // _PICTURES)][:_PICTURES]:
        try:
            tiles.append(picture_of(case))
        except KidViewError:
            continue  # its line has told what is wrong
    if tiles:
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 4)
        lines = [np.hstack(tiles[k : k + 4]) for k in range(0, len(tiles), 4)]
        Image.fromarray(np.vstack(lines)).save(target)


def _line(row: dict[str, Any]) -> str:
    shape = " x ".join(map(str, row["shape_zyx"]))
    spacing = " x ".join(f"{mm:.2f}" for mm in row["spacing_zyx_mm"])
    volumes = ", ".join(f"{name} {ml:.1f}" for name, ml in row.get("ml", {}).items())
    problems = "".join(f"  ! {problem}" for problem in row["problems"])
    return f"{row['case']}: {shape}, {spacing} mm, {volumes} mL{problems}"
