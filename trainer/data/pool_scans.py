"""The verb `scans`: a pool's samples as files that KidView, or anyone, can open."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import nibabel as nib
import numpy as np
import typer

from trainer.data.pool import Pool


def run_scans(
    pool: Annotated[Path, typer.Argument(help="folder of samples")],
    out: Annotated[Path, typer.Argument(help="folder for sample_n.nii.gz and sample_n_seg.nii.gz")],
    count: Annotated[int | None, typer.Option(min=1, help="only so many")] = None,
) -> None:
    """Write samples as NIfTI scans with their masks, to look at or to measure on."""
    out.mkdir(parents=True, exist_ok=True)
    for path in list(Pool(pool).paths())[:count]:
        item = Pool(pool).load(path)
        z, y, x = item.spacing_zyx
        affine = np.diag([x, y, z, 1.0])  # house order is (S, A, R): RAS from the last axis on
        for suffix, array in (("", item.hu), ("_seg", item.labels)):
            xyz = np.ascontiguousarray(array.transpose(2, 1, 0))
            image = nib.Nifti1Image(xyz, affine)  # type: ignore[no-untyped-call]
            nib.save(image, out / f"{path.stem}{suffix}.nii.gz")
        print(out / f"{path.stem}.nii.gz", flush=True)
