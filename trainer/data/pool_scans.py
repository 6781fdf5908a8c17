"""The verb `scans`: a pool's samples as files that KidView, or anyone, can open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kidview.core.errors import ReadError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.io import write_labels, write_scan
from trainer.data.places import make_folder
from trainer.data.pool import Pool, PoolItem


def run_scans(
    pool: Annotated[Path, typer.Argument(help="folder of samples")],
    out: Annotated[Path, typer.Argument(help="folder for sample_n.nii.gz and sample_n_seg.nii.gz")],
    count: Annotated[int | None, typer.Option(min=1, help="only so many")] = None,
) -> None:
    """Write samples as NIfTI scans with their masks, to look at or to measure on.

    Files that are there under these names are replaced.
    """
    paths = Pool(pool).paths()[:count]
    if not paths:
        raise ReadError(f"there are no samples in {pool}", "draw some: kidview-train synth")
    make_folder(out)
    for path in paths:
        scan, labels = as_scan(Pool(pool).load(path), path)
        target = out / f"{path.stem}.nii.gz"
        write_scan(scan, target, overwrite=True)
        write_labels(labels, scan.source, out / f"{path.stem}_seg.nii.gz", overwrite=True)
        print(target, flush=True)


def as_scan(item: PoolItem, path: Path) -> tuple[Volume, LabelMap]:
    """A sample as a scan whose file's i, j, k run to right, anterior, superior."""
    geometry = Geometry.straight(item.labels.shape, item.spacing_zyx)
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]].copy()
    source = Source(path, "sample", AxisOrder((2, 1, 0), (False, False, False)), affine, path.stem)
    return Volume(item.hu, geometry, source), LabelMap(item.labels, geometry, owned=True)
