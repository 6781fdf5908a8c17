"""Turns the original files into the bank's folder, once.

Maps are brought to house order and 1.5 mm, smoothed across thick slices, and told apart into
tissues. The folder must lie outside the repository: it is made of patients' data.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Annotated, Any

import nibabel
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
import typer
from scipy import ndimage as ndi

from kidview.core.errors import ReadError, WriteError
from kidview.core.types import HUArray, LabelArray, MaskArray, Triple
from trainer.data.places import make_folder
from trainer.synthesis.bank import SPACING_MM
from trainer.synthesis.tissue import Tissue

_IRCAD = {
    3: Tissue.LIVER, 4: Tissue.SPLEEN, 5: Tissue.PORTAL, 6: Tissue.VEIN, 7: Tissue.ARTERY,
    8: Tissue.BONE_TRABECULAR, 9: Tissue.LUNG, 10: Tissue.GALLBLADDER, 11: Tissue.LESION,
    12: Tissue.ADRENAL, 13: Tissue.ADRENAL, 14: Tissue.PANCREAS, 15: Tissue.BOWEL_WALL,
    16: Tissue.LESION, 18: Tissue.GALLBLADDER, 21: Tissue.URINE,
}  # fmt: skip
_ICRP = ("AM", "AF")
_IRCAD_MAPS = ("03", "05", "06", "11")
_ICRP_WORDS = (
    ("arms", Tissue.AIR), ("humeri", Tissue.AIR), ("ulnae", Tissue.AIR), ("wrists", Tissue.AIR),
    ("medullary cavity", Tissue.BONE_TRABECULAR), ("cortical", Tissue.BONE_CORTICAL),
    ("spongiosa", Tissue.BONE_TRABECULAR), ("cartilage", Tissue.CARTILAGE),
    ("lung", Tissue.LUNG), ("blood vessels", Tissue.VEIN), ("skin", Tissue.SKIN),
    ("muscle", Tissue.MUSCLE), ("residual tissue", Tissue.FAT), ("adipose", Tissue.FAT),
    ("gall bladder", Tissue.GALLBLADDER), ("kidney", Tissue.KIDNEY), ("liver", Tissue.LIVER),
    ("spleen", Tissue.SPLEEN), ("pancreas", Tissue.PANCREAS), ("adrenal", Tissue.ADRENAL),
    ("heart", Tissue.HEART), ("bladder wall", Tissue.MUSCLE), ("bladder contents", Tissue.URINE),
    ("contents", Tissue.BOWEL_CONTENT), ("wall", Tissue.BOWEL_WALL), ("cord", Tissue.CORD),
    ("air inside", Tissue.GAS),
)  # fmt: skip


def read_house(path: Path) -> tuple[npt.NDArray[np.generic], Triple]:
    """A NIfTI file in house order and its spacing zyx, mm.

    Raises
    ------
    ReadError
        The file is missing.
    """
    if not path.is_file():
        raise ReadError(f"{path.name} is missing", "name the folder that holds ct/ and organs/")
    # nibabel's types do not say what a loaded file has.
    orientation: Any = nibabel.orientations
    image: Any = nibabel.load(path)
    to_ras = orientation.ornt_transform(
        orientation.io_orientation(image.affine), orientation.axcodes2ornt("RAS")
    )
    ras = image.as_reoriented(to_ras)
    x, y, z = np.linalg.norm(ras.affine[:3, :3], axis=0)
    array = np.ascontiguousarray(np.asarray(ras.dataobj).transpose(2, 1, 0))
    return array, (float(z), float(y), float(x))


def resample(array: npt.NDArray[np.float32], spacing: Triple) -> npt.NDArray[np.float32]:
    """Linear, with averaging first where the source is finer than 1.5 mm."""
    size = [max(1, round(n * s / SPACING_MM)) for n, s in zip(array.shape, spacing, strict=True)]
    sigma = [0.35 * max(SPACING_MM / s - 1, 0) for s in spacing]
    smooth = ndi.gaussian_filter(array, sigma) if max(sigma) > 0.1 else array
    tensor = torch.from_numpy(smooth)[None, None]
    return np.asarray(F.interpolate(tensor, size=size, mode="trilinear")[0, 0].numpy())


def resample_labels(labels: LabelArray, spacing: Triple) -> LabelArray:
    """The label with the greatest share after `resample`; rounds steps of thick slices."""
    best: npt.NDArray[np.float32] | None = None
    out: LabelArray | None = None
    thick = spacing[0] > 2.5
    for label in np.unique(labels):
        mask = (labels == label).astype(np.float32)
        if thick:
            mask = ndi.gaussian_filter(mask, (0.55, 0.8 / spacing[1], 0.8 / spacing[2]))
        share = resample(mask, spacing)
        if best is None or out is None:
            best, out = share, np.full(share.shape, label, np.uint8)
            continue
        wins = share > best
        best[wins], out[wins] = share[wins], label
    assert out is not None
    return out


def split_sides(labels: LabelArray, middle_x: float) -> dict[str, LabelArray]:
    """Right and left kidney of a KiTS map, each turned to look like a right one.

    Parts that do not touch a kidney go to the nearer side. `middle_x` is where the patient's
    midline would be, in voxels; house order grows to the right.
    """
    parts, count = ndi.label(labels > 0)
    if count == 0:
        return {}
    sizes = ndi.sum_labels(labels > 0, parts, np.arange(1, count + 1))
    centres = np.array(ndi.center_of_mass(labels > 0, parts, np.arange(1, count + 1)))
    big = np.argsort(sizes)[::-1][:2]
    if count > 1 and sizes[big[1]] > 0.08 * sizes[big[0]]:
        middle_x = float(centres[big, 2].mean())
    is_right = centres[:, 2] > middle_x
    sides = {}
    for name, chosen in (("right", is_right), ("left", ~is_right)):
        keep = np.isin(parts, np.flatnonzero(chosen) + 1)
        if keep.sum() < 500:
            continue
        box = ndi.find_objects(keep.astype(np.uint8))[0]
        side = np.where(keep, labels, 0)[box].astype(np.uint8)
        sides[name] = side if name == "right" else np.ascontiguousarray(side[:, :, ::-1])
    return sides


def prepare_sides(shapes: Path, out: Path) -> None:
    """Write every KiTS case's kidneys to `out`; cases already there are kept."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(shapes.glob("case_*.nii.gz")):
        case = path.name.removesuffix(".nii.gz")
        if (out / f"{case}.npz").exists():
            continue
        labels, spacing = read_house(path)
        step = [max(1, int(1.0 / s)) for s in spacing]
        labels = labels[:: step[0], :: step[1], :: step[2]]
        z, y, x = (s * k for s, k in zip(spacing, step, strict=True))
        small = resample_labels(np.ascontiguousarray(labels, dtype=np.uint8), (z, y, x))
        sides = split_sides(small, (small.shape[2] - 1) / 2)
        if sides:
            np.savez_compressed(out / f"{case}.npz", allow_pickle=False, **sides)


def _own_kidneys(hu: HUArray, right: MaskArray, left: MaskArray) -> LabelArray:
    """Kidneys as KiTS outlines them: collecting system inside, sinus fat outside."""
    kidneys = np.zeros(hu.shape, np.uint8)
    soft = ndi.gaussian_filter(hu.astype(np.float32), 0.5) > -20
    for label, mask in ((1, right), (2, left)):
        closed = ndi.binary_closing(mask, iterations=3)
        kidneys[closed & soft] = label
    return kidneys


def prepare_ircad_01(data: Path, out: Path) -> None:
    """The scan with manual organ labels."""
    raw, spacing = read_house(data / "ct" / "ircad_01.nii.gz")
    organs, _ = read_house(data / "ct" / "ircad_01_seg.nii.gz")
    hu = np.rint(resample(raw.astype(np.float32), spacing)).astype(np.int16)
    labels = resample_labels(organs.astype(np.uint8), spacing)
    tissue = np.full(hu.shape, Tissue.UNKNOWN, np.uint8)
    for label, code in _IRCAD.items():
        tissue[labels == label] = code
    tissue[(labels == 8) & (hu > 350)] = Tissue.BONE_CORTICAL
    kidneys = _own_kidneys(hu, labels == 1, labels == 2)
    _write_background(out, "ircad_01", hu, kidneys, tissue, slice_mm=1.6, phase=1.6)


def prepare_tcga_ov(data: Path, outlines: Path, out: Path) -> None:
    """The scan whose kidneys another network outlined (`outlines`, NIfTI, 1 = kidney)."""
    raw, spacing = read_house(data / "ct" / "tcga_ov.nii.gz")
    mask, mask_spacing = read_house(outlines)
    hu = np.rint(resample(raw.astype(np.float32), spacing)).astype(np.int16)
    parts, count = ndi.label(resample_labels(mask.astype(np.uint8), mask_spacing))
    centres = ndi.center_of_mass(parts > 0, parts, range(1, count + 1))
    middle = np.mean([c[2] for c in centres])
    right = np.isin(parts, [k + 1 for k, c in enumerate(centres) if c[2] > middle])
    kidneys = _own_kidneys(hu, right, (parts > 0) & ~right)
    tissue = np.full(hu.shape, Tissue.UNKNOWN, np.uint8)
    _write_background(out, "tcga_ov", hu, kidneys, tissue, slice_mm=5.0, phase=1.2)


def _write_background(
    out: Path,
    name: str,
    hu: HUArray,
    kidneys: LabelArray,
    tissue: LabelArray,
    slice_mm: float,
    phase: float,
) -> None:
    flat = ndi.binary_erosion((hu > 40) & (hu < 90), iterations=3)
    rough = hu - ndi.uniform_filter(hu.astype(np.float32), 3)
    noise = float(rough[flat].std())
    facts = {"name": name, "slice_mm": slice_mm, "noise_hu": round(noise, 2), "phase": phase}
    np.savez(
        out / f"background_{name}.npz", hu=hu, kidneys=kidneys, tissue=tissue,
        facts=json.dumps(facts),
    )  # fmt: skip


def prepare_icrp(data: Path, name: str, out: Path) -> None:
    """An ICRP 110 phantom's trunk, arms taken off as in a scanner."""
    folder = data / "organs" / "icrp110"
    labels, spacing = read_house(folder / f"{name}.nii.gz")
    words = json.loads((folder / f"{name}_labels.json").read_text())
    code = np.full(256, Tissue.SOFT, np.uint8)
    code[0] = Tissue.AIR
    for label, entry in words.items():
        text = entry["name"].lower()
        code[int(label)] = next((c for word, c in _ICRP_WORDS if word in text), Tissue.SOFT)
    kidney_ids = {side: [int(k) for k, e in words.items() if f"Kidney, {side}" in e["name"]]
                  for side in ("right", "left")}  # fmt: skip
    z = np.flatnonzero(np.isin(labels, kidney_ids["right"]).any(axis=(1, 2)))
    # From mid-thigh to the shoulders: scans often show more than the abdomen.
    below, above = int(480 / spacing[0]), int(300 / spacing[0])
    rows = slice(max(0, int(z.mean()) - below), int(z.mean()) + above)
    cut = np.ascontiguousarray(labels[rows])
    tissue = resample_labels(code[cut], spacing)
    sides = np.isin(cut, kidney_ids["right"]) + 2 * np.isin(cut, kidney_ids["left"])
    kidneys = resample_labels(sides.astype(np.uint8), spacing)
    np.savez_compressed(out / f"abdomen_{name}.npz", tissue=tissue, kidneys=kidneys)


def prepare_ircad_map(data: Path, case: str, out: Path) -> None:
    """A hand-labelled abdomen; what has no label is filled from distances to skin and bone."""
    raw, spacing = read_house(data / "organs" / "ircad" / f"ircad_{case}_seg.nii.gz")
    coarse = (spacing[0], 2 * spacing[1], 2 * spacing[2])  # still finer than or about 1.5 mm
    labels = resample_labels(raw.astype(np.uint8)[:, ::2, ::2], coarse)
    tissue = _fill_body(labels)
    for label, code in _IRCAD.items():
        tissue[labels == label] = code
    # Marrow may be unlabelled; the spinal canal stays open.
    bone = ndi.binary_closing(labels == 8, iterations=3)
    filled = np.stack([ndi.binary_fill_holes(plane) for plane in bone])
    tissue[filled & (labels == 20)] = Tissue.BONE_TRABECULAR
    tissue[labels == 8] = Tissue.BONE_TRABECULAR
    bone = filled
    tissue[bone & ~ndi.binary_erosion(bone)] = Tissue.BONE_CORTICAL
    kidneys = np.where(labels <= 2, labels, 0).astype(np.uint8)
    tissue[kidneys > 0] = Tissue.KIDNEY
    np.savez_compressed(out / f"abdomen_ircad_{case}.npz", tissue=tissue, kidneys=kidneys)


def _fill_body(labels: LabelArray) -> LabelArray:
    """Skin, fat, muscle and a cavity for bowel inside a body without such labels."""
    body = np.stack([ndi.binary_fill_holes(plane) for plane in labels > 0])
    depth = ndi.distance_transform_edt(body) * SPACING_MM
    bone = labels == 8
    to_bone = ndi.distance_transform_edt(~bone) * SPACING_MM
    spine = np.argwhere(bone)
    middle = np.median(spine, axis=0)
    y, x = np.ogrid[: body.shape[1], : body.shape[2]]
    # The spine is the bone near the midline; ribs would pull its depth forward.
    near = spine[np.abs(spine[:, 2] - middle[2]) < 15]
    front = np.percentile(near[:, 1], 97)
    out = np.full(labels.shape, Tissue.CAVITY, np.uint8)
    rounded = front - 12 - ((x - middle[2]) / 34.0) ** 2 * 9
    behind = (y < rounded)[None]
    psoas = (np.hypot(y - front + 8, np.abs(x - middle[2]) - 24) < 13)[None]
    low = (np.arange(labels.shape[0]) < labels.shape[0] * 0.45)[:, None, None]
    out[(to_bone < 32) & behind | psoas & low] = Tissue.MUSCLE
    near_wall = (depth < 26) & (depth >= 16)
    out[near_wall & ~(behind & (to_bone > 40))] = Tissue.MUSCLE
    out[depth < 16] = Tissue.FAT
    out[depth < 2] = Tissue.SKIN
    kidneys = (labels == 1) | (labels == 2)
    out[(ndi.distance_transform_edt(~kidneys) < 10) & (out == Tissue.CAVITY)] = Tissue.FAT
    tops = np.flatnonzero((labels == 3).any(axis=(1, 2)))
    if not (labels == 9).any():
        out[tops[-1] - 11 :] = Tissue.AIR  # chest without labels
    out[~body] = Tissue.AIR
    return out


def check_data(data: Path) -> None:
    """Look whether the original files are there, before anything is made of some of them.

    Raises
    ------
    ReadError
    """
    ircad = [f"organs/ircad/ircad_{case}_seg.nii.gz" for case in _IRCAD_MAPS]
    icrp = [f"organs/icrp110/{name}{end}" for name in _ICRP for end in (".nii.gz", "_labels.json")]
    for name in ("ct/ircad_01.nii.gz", "ct/ircad_01_seg.nii.gz", *icrp, *ircad):
        if not (data / name).is_file():
            raise ReadError(f"{data} lacks {name}", "name the folder that holds ct/ and organs/")
    if not any((data / "kits23-shapes").glob("case_*.nii.gz")):
        raise ReadError(
            f"{data} lacks kits23-shapes/case_*.nii.gz", "put KiTS23's label maps there"
        )


def run_bank(
    data: Annotated[Path, typer.Argument(help="folder with ct/, organs/ and kits23-shapes/")],
    out: Annotated[Path, typer.Argument(help="the bank's folder, outside the repository")],
    tcga_outlines: Annotated[Path | None, typer.Option(help="NIfTI, 1 = kidney of tcga_ov")] = None,
) -> None:
    """Turn scans, organ maps and kidney shapes into a bank to draw from."""
    check_data(data)
    if tcga_outlines is not None and not tcga_outlines.is_file():
        raise ReadError(f"there is no {tcga_outlines}", "name a NIfTI file")
    if out.is_dir() and any(out.iterdir()):
        raise WriteError(f"{out} is not empty", "delete the bank that is there, or name another")
    make_folder(out)
    beside = out.with_name(f"{out.name}.part")  # a bank is whole or not there
    shutil.rmtree(beside, ignore_errors=True)
    make_folder(beside)
    prepare_ircad_01(data, beside)
    if tcga_outlines:
        prepare_tcga_ov(data, tcga_outlines, beside)
    for name in _ICRP:
        prepare_icrp(data, name, beside)
    for case in _IRCAD_MAPS:
        prepare_ircad_map(data, case, beside)
    prepare_sides(data / "kits23-shapes", beside / "sides")
    out.rmdir()  # made above, to know that it can be
    os.replace(beside, out)
