"""What is in a data set: every case's grid, labels and volumes, and a picture of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import typer

from kidview.core.errors import KidViewError
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.io import axis_codes, read_scan
from trainer.data.datasets import Case, find_cases

_PICTURES = 12
_TILE_PX = 256
_COLOURS = np.array([[0, 0, 0], [86, 180, 233], [213, 94, 0], [240, 228, 66]], np.float32)
_Picture = npt.NDArray[np.uint8]


def describe_case(case: Case) -> dict[str, Any]:
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
    """
    row: dict[str, Any] = {"case": case.name, "problems": []}
    grids = []
    if case.image is not None:
        scan = read_scan(case.image, Task())
        row |= {"hu_min": int(scan.hu.min()), "hu_max": int(scan.hu.max())}
        grids.append(scan)
    if case.labels is not None:
        labels = read_scan(case.labels, Task())
        values, counts = np.unique(labels.hu, return_counts=True)
        row["values"] = [int(v) for v in values]
        voxel_ml = labels.geometry.voxel_ml
        known = dict(zip(row["values"], counts, strict=True))
        row["ml"] = {
            name: round(float(known.get(label, 0)) * voxel_ml, 3)
            for label, name in LABEL_NAMES.items()
            if label
        }
        odd = [v for v in row["values"] if v not in LABEL_NAMES]
        if odd:
            row["problems"].append(f"values that are no label: {odd[:5]}")
        grids.append(labels)
    first = grids[0]
    row |= {
        "shape_zyx": list(first.geometry.shape_zyx),
        "spacing_zyx_mm": [round(mm, 4) for mm in first.geometry.spacing_zyx],
        "axis_codes": axis_codes(first.source.file_affine),
    }
    if len(grids) == 2 and (difference := first.geometry.difference(grids[1].geometry)):
        row["problems"].append(f"labels lie on another grid: {difference}")
    return row


def picture_of(case: Case) -> _Picture:
    """(256, 256, 3) uint8: the axial slice with most lesion (or kidney), labels coloured."""
    labels = read_scan(case.labels, Task()).hu if case.labels is not None else None
    scan = read_scan(case.image, Task()).hu if case.image is not None else None
    if labels is None:
        assert scan is not None
        index = len(scan) // 2
    else:
        lesion = (labels > 1).sum(axis=(1, 2))
        index = int(np.argmax(lesion if lesion.any() else (labels > 0).sum(axis=(1, 2))))
    plane = np.zeros(labels.shape[1:] if labels is not None else (1, 1), np.float32)
    if scan is not None:
        plane = np.clip((scan[index].astype(np.float32) + 160) / 400 * 255, 0, 255)
    picture = np.repeat(plane[..., None], 3, axis=2)
    if labels is not None:
        mask = np.clip(labels[index], 0, 3)
        share = 0.35 if scan is not None else 1.0
        where = mask > 0
        picture[where] = (1 - share) * picture[where] + share * _COLOURS[mask[where]]
    return _fitted(picture[::-1, ::-1])


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
    most: Annotated[int, typer.Option(help="look at that many cases only; 0 is all")] = 0,
) -> None:
    """Tell every case's grid, label values and volumes; draw histograms and a montage."""
    from PIL import Image

    layout, cases = find_cases(folder)
    cases = cases[: most or None]
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for number, case in enumerate(cases, 1):
        try:
            rows.append(describe_case(case))
        except KidViewError as error:  # one damaged case must not hide the others
            failed.append({"case": case.name, "error": str(error)})
            print(f"{number}/{len(cases)} {case.name}: error: {error}", flush=True)
            continue
        print(f"{number}/{len(cases)} {_line(rows[-1])}", flush=True)
    table = {"layout": layout, "cases": rows, "failed": failed}
    (out / "cases.json").write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
    if rows:
        draw_histograms(rows, out / "histograms.png")
        good = {row["case"] for row in rows}
        shown = [case for case in cases if case.name in good]
        shown = shown[:: max(1, len(shown) // _PICTURES)][:_PICTURES]
        tiles = [picture_of(case) for case in shown]
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 4)
        lines = [np.hstack(tiles[k : k + 4]) for k in range(0, len(tiles), 4)]
        Image.fromarray(np.vstack(lines)).save(out / "montage.png")
    print(f"{layout}: {len(rows)} cases, {len(failed)} could not be read; see {out}")


def _line(row: dict[str, Any]) -> str:
    shape = " x ".join(map(str, row["shape_zyx"]))
    spacing = " x ".join(f"{mm:.2f}" for mm in row["spacing_zyx_mm"])
    volumes = ", ".join(f"{name} {ml:.1f}" for name, ml in row.get("ml", {}).items())
    problems = "".join(f"  ! {problem}" for problem in row["problems"])
    return f"{row['case']}: {shape}, {spacing} mm, {volumes} mL{problems}"
