"""Fill the tables of docs/measures.md: python docs/make_measures.py [FOLDER OF KITS23 LABEL MAPS].

Without the folder only the table of measures is made again. With it, which takes some minutes,
the balls are measured, and all label maps that `cases.csv` has a radiographic size of; the figure
is docs/images/measures_size.png.
"""

from __future__ import annotations

import csv
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, MaskArray, Triple
from kidview.io import read_scan
from kidview.measure import MEASURES, Lesion, find_anatomy
from kidview.measure.calipers import largest_axial, largest_diameter
from kidview.measure.surface import find_surface

PAGE = Path(__file__).parent / "measures.md"
FIGURE = PAGE.parent / "images" / "measures_size.png"
GRIDS: tuple[tuple[str, Triple], ...] = (
    ("1 x 1 x 1", (1.0, 1.0, 1.0)),
    ("2.5 x 0.7 x 0.7", (2.5, 0.7, 0.7)),
    ("5 x 0.8 x 0.8", (5.0, 0.8, 0.8)),
)
RADII_MM = (5, 10, 20, 30)
PLACES = 6


def measures_markdown() -> str:
    """The table of `MEASURES`."""
    lines = ["| of | measure | key | definition | source |", "|---|---|---|---|---|"]
    for row in MEASURES:
        of = f"{row.kind or row.of}"
        lines.append(f"| {of} | {row.title} | `{row.id}` | {row.tip} | {row.source} |")
    return "\n".join(lines)


def ball(radius_mm: float, spacing: Triple, place: FloatArray) -> tuple[MaskArray, Geometry]:
    """A ball about the middle of a grid, moved by a part of a voxel."""
    shape = [int(np.ceil(2 * radius_mm / step)) + 6 for step in spacing]
    z, y, x = (
        ((np.arange(n) - (n - 1) / 2 + p) * step) ** 2
        for n, step, p in zip(shape, spacing, place, strict=True)
    )
    mask = z[:, None, None] + y[None, :, None] + x[None, None, :] <= radius_mm**2
    return mask, Geometry.straight((shape[0], shape[1], shape[2]), spacing)


def farthest(mask: MaskArray, spacing: Triple, corners: bool) -> float:
    """Largest distance in space between voxels' corners or the middles of their sides."""
    halves = np.array([[z, y, x] for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)]) / 2
    if not corners:
        halves = np.concatenate([np.eye(3), -np.eye(3)]) / 2
    centres = np.argwhere(mask)
    centres = centres[ConvexHull(centres).vertices]
    points = ((centres[:, None] + halves).reshape(-1, 3)) * spacing
    return float(pdist(points[ConvexHull(points).vertices]).max())


def balls_markdown() -> str:
    """Errors on balls, the mean over some places between voxels."""
    lines = [
        "| grid, mm | radius, mm | volume, % | axial, mm | across, mm | in space, mm"
        " | *sides, mm* | *corners, mm* | area, % |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    random = np.random.default_rng(0)
    for name, spacing in GRIDS:
        for radius in RADII_MM:
            errors = []
            for _ in range(PLACES):
                mask, geometry = ball(radius, spacing, random.uniform(-0.5, 0.5, 3))
                pair, space = largest_axial(mask, geometry), largest_diameter(mask, geometry)
                assert space is not None
                volume = 4 / 3 * np.pi * radius**3
                area = find_surface(mask, spacing).total_mm2 / (4 * np.pi * radius**2)
                errors.append(
                    [
                        100 * (mask.sum() * np.prod(spacing) / volume - 1),
                        pair.long.mm - 2 * radius,
                        pair.short.mm - 2 * radius,
                        space.mm - 2 * radius,
                        farthest(mask, spacing, corners=False) - 2 * radius,
                        farthest(mask, spacing, corners=True) - 2 * radius,
                        100 * (area - 1),
                    ]
                )
            v, a, s, d, m, c, q = np.mean(errors, axis=0)
            lines.append(
                f"| {name} | {radius} | {v:+.1f} | {a:+.2f} | {s:+.2f} | {d:+.2f}"
                f" | *{m:+.2f}* | *{c:+.2f}* | {q:+.1f} |"
            )
    return "\n".join(lines)


@dataclass(frozen=True)
class Size:
    """One case's sizes of its largest tumour, mm, and what its anatomy gave."""

    report_mm: float
    axial_mm: float
    space_mm: float
    mesh_mm: float
    kidneys: int
    sides: tuple[str, ...]
    notes: tuple[str, ...]
    kidney_error_ml: float


def sizes(folder: Path) -> list[Size]:
    """Of all label maps with a reported size."""
    found = []
    with (folder / "cases.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["radiographic_size_cm"]]
    for n, row in enumerate(rows):
        if n % 50 == 0:
            print(f"{n} of {len(rows)}", flush=True)
        volume = read_scan(folder / f"{row['case']}.nii.gz")
        labels = volume.hu.astype(np.uint8)
        anatomy = find_anatomy(labels, volume.geometry)
        tumours: list[Lesion] = [one for one in anatomy.lesions if one.kind == "tumour"]
        if not tumours:
            continue
        largest = max(tumours, key=lambda one: one.longest.mm)
        parenchyma = sum(int(k.parenchyma.sum()) for k in anatomy.kidneys)
        found.append(
            Size(
                10 * float(row["radiographic_size_cm"]),
                max(one.axial.long.mm for one in tumours),
                largest.longest.mm,
                farthest(largest.mask, largest.geometry.spacing_zyx, corners=False),
                len(anatomy.kidneys),
                tuple(k.side for k in anatomy.kidneys),
                anatomy.notes,
                abs(parenchyma * volume.geometry.voxel_ml - float(row["kidney_ml"])),
            )
        )
    return found


def kits_markdown(found: list[Size]) -> str:
    """Agreement with the reported size, and what the anatomy of real maps is."""
    report = np.array([one.report_mm for one in found])
    lines = [
        f"{len(found)} cases with a tumour and a reported size.",
        "",
        "| | correlation | median difference, mm | middle half, mm | within 5 mm |",
        "|---|---|---|---|---|",
    ]
    for name, ours in (
        ("largest axial diameter", np.array([one.axial_mm for one in found])),
        ("largest diameter in space", np.array([one.space_mm for one in found])),
        (
            "*in space, between voxels' sides (PyRadiomics)*",
            np.array([one.mesh_mm for one in found]),
        ),
    ):
        away = ours - report
        low, high = np.percentile(away, [25, 75])
        lines.append(
            f"| {name} | {np.corrcoef(ours, report)[0, 1]:.3f} | {np.median(away):+.1f}"
            f" | {low:+.1f} .. {high:+.1f} | {100 * np.mean(np.abs(away) <= 5):.0f} % |"
        )
    apart = [one.mesh_mm - one.space_mm for one in found]
    pairs = sum(one.sides == ("right", "left") for one in found)
    numbers = {n: sum(one.kidneys == n for one in found) for n in {one.kidneys for one in found}}
    noted: dict[str, int] = {}
    for one in found:
        for note in {word for text in one.notes for word in [_kind(text)]}:
            noted[note] = noted.get(note, 0) + 1
    lines += [
        "",
        f"PyRadiomics' 3D diameter is larger by {statistics.median(apart):.1f} mm (median; most"
        f" {max(apart):.1f} mm, in thick slices).",
        "",
        f"A right and a left kidney were found in {pairs} of {len(found)}; "
        + ", ".join(
            f"{n} {'kidney' if n == 1 else 'kidneys'} in {count}"
            for n, count in sorted(numbers.items())
        )
        + f". The parenchyma of all kidneys is that of the label map within"
        f" {max(one.kidney_error_ml for one in found):.2f} mL in every case. Notes, in cases: "
        + "; ".join(f"{note} {count}" for note, count in sorted(noted.items(), key=lambda i: -i[1]))
        + ".",
    ]
    return "\n".join(lines)


def _kind(note: str) -> str:
    for mark, name in (
        ("horseshoe", "horseshoe"),
        ("touch through a mass", "kidneys touch through a mass"),
        ("only one kidney", "only one kidney"),
        ("touches no kidney", "lesion touches no kidney"),
        ("from every kidney", "lesion far from every kidney"),
        ("touches two kidneys", "lesion touches two kidneys"),
        ("from the rest", "piece of kidney apart"),
        ("kidneys are labelled", "more than two kidneys"),
        ("midline", "side unsure"),
        ("edge of the scan", "reaches the edge"),
    ):
        if mark in note:
            return name
    return note


def draw(found: list[Size]) -> None:
    """The figure: reported size against ours."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    report = np.array([one.report_mm for one in found])
    figure, axes = pyplot.subplots(figsize=(6.4, 5.6), facecolor="white")
    most = float(max(report.max(), max(one.axial_mm for one in found))) * 1.05
    axes.plot([0, most], [0, most], color="0.6", linewidth=1)
    axes.scatter(
        report, [one.axial_mm for one in found], s=10, color="0.1", alpha=0.6, linewidths=0
    )
    axes.set(
        xlim=(0, most),
        ylim=(0, most),
        xlabel="size in the radiology report, mm",
        ylabel="KidView: largest axial diameter of the label map, mm",
    )
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(FIGURE, dpi=110)
    pyplot.close(figure)


def fill(page: str, name: str, text: str) -> str:
    """The page with another text between two marks."""
    first, last = f"<!-- {name}: made by docs/make_measures.py -->", f"<!-- {name} ends -->"
    before, rest = page.split(first)
    _, after = rest.split(last)
    return f"{before}{first}\n{text}\n{last}{after}"


def main(words: list[str]) -> None:
    page = fill(PAGE.read_text(encoding="utf-8"), "measures", measures_markdown())
    if words:
        page = fill(page, "balls", balls_markdown())
        found = sizes(Path(words[0]))
        page = fill(page, "kits", kits_markdown(found))
        draw(found)
    PAGE.write_text(page, encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main(sys.argv[1:])
