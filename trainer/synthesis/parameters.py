"""What a sample will look like: drawn first, applied second.

A sample is a function of its parameters, the bank and the generator's later draws; the
parameters go into the sample's meta so that one can ask what a network was trained on.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from kidview.core.types import Index, Triple
from trainer.synthesis.bank import SPACING_MM, Abdomen, Background, Bank, Side

# Slice spacing in mm and its share among KiTS23's 489 scans.
_SLICE_MM = (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
_SLICE_SHARE = (0.09, 0.11, 0.04, 0.04, 0.08, 0.17, 0.03, 0.44)
_UNENHANCED = 0.25  # phases below


@dataclass(frozen=True)
class Parameters:
    """One sample's recipe.

    Parameters
    ----------
    family : str
        "scan" (a real background) or "map" (tissues painted).
    source : int
        Which background or abdomen of the bank.
    shape_zyx : 3 ints
        Voxels of 1.5 mm.
    mirror : bool
        Left and right exchanged.
    scale_zyx, angles_deg : 3 floats
        Body size and tilt.
    bend_mm : float
        Elastic deformation.
    shift_mm : 3 floats
        How far the crop's middle is from the kidneys', zyx.
    phase : float
        Contrast phase of what is painted, 0 to 3.
    enhancement : float
        How much of a real background's contrast above 50 HU is kept; 0 looks unenhanced.
    wildness : float
        How far contrasts leave what patients show; 1 is real.
    own_kidneys : bool
        The scan keeps its kidneys.
    healthy : bool
        No tumour anywhere.
    sides : 2 ints
        Index into the bank's sides for the right and left kidney, -1 for none.
    lesion_side : int
        Side whose tumour or cysts are put on the scan's own kidneys, -1 for none.
    distractors : bool
        Unlabelled lesions in other organs.
    stones : bool
        In one kidney's calyces.
    stent : int
        Side (0 right, 1 left) with a ureteral stent, -1 for none.
    pelvis : int
        Side (0 right, 1 left) with a wide renal pelvis, -1 for none.
    motion_mm : float
        How far the patient moved during some slices, 0 for not at all.
    slice_mm, noise_hu, sharpness_mm : float
        Scanner: slice thickness, noise of a slice at 1.5 mm pixels, in-plane blur (sd).
    eight_bit : bool
        Clipped to [-125, 225], 256 steps, JPEG.
    field_mm : float
        Radius of a round field of view, 0 for none.
    """

    family: str
    source: int
    shape_zyx: Index
    mirror: bool
    scale_zyx: Triple
    angles_deg: Triple
    bend_mm: float
    shift_mm: Triple
    phase: float
    enhancement: float
    wildness: float
    own_kidneys: bool
    healthy: bool
    sides: tuple[int, int]
    lesion_side: int
    distractors: bool
    stones: bool
    stent: int
    pelvis: int
    motion_mm: float
    slice_mm: float
    noise_hu: float
    sharpness_mm: float
    eight_bit: bool
    field_mm: float

    def as_meta(self, bank: Bank) -> dict[str, Any]:
        """For the sample's meta: values and the cases they name."""
        used = [bank.sides[k] for k in (*self.sides, self.lesion_side) if k >= 0]
        scans, maps = bank.backgrounds, bank.abdomens
        name = scans[self.source].name if self.family == "scan" else maps[self.source].name
        cases = sorted({side.case for side in used})
        return asdict(self) | {"cases": cases, "background": name}


def draw_parameters(rng: np.random.Generator, bank: Bank) -> Parameters:
    """Draw a recipe.

    Parameters
    ----------
    rng : numpy Generator
    bank : Bank
        Decides which families, sources and shapes there are.
    """
    family = _draw_family(rng, bank)
    sources: tuple[Background | Abdomen, ...] = bank.abdomens
    if family == "scan":
        sources = bank.backgrounds
    source = int(rng.integers(len(sources)))
    own = family == "scan" and bool(rng.random() < 0.3)
    chance = rng.random()
    phase, enhancement = _draw_phase(rng), float(rng.uniform(0.15, 1.3))
    if family == "scan" and phase < _UNENHANCED:
        enhancement = float(rng.uniform(0.0, 0.25))
    elif family == "scan" and rng.random() < 0.5:
        phase = float(np.clip(rng.normal(bank.backgrounds[source].phase, 0.4), 0.5, 3))
    # Without contrast agent a tumour mostly cannot be told from the kidney: less often a guess.
    healthy = bool(chance < (0.7 if phase < _UNENHANCED else 0.38))
    # Adults are 250 to 450 mm wide at the kidneys, whoever lent the anatomy.
    size = float(np.clip(rng.normal(345, 45) / sources[source].width_mm, 0.82, 1.35))
    y, x = (size * float(rng.normal(1, 0.04)) for _ in range(2))
    z = float(np.clip(rng.normal(0.5 + 0.5 * size, 0.07), 0.85, 1.25))
    return Parameters(
        family=family,
        source=source,
        shape_zyx=_draw_shape(rng),
        mirror=bool(rng.random() < 0.25),
        scale_zyx=(z, y, x),
        angles_deg=_triple(rng.normal(0, (5.0, 2.5, 2.5))),
        bend_mm=float(rng.uniform(0.5, 5.0)),
        shift_mm=_draw_shift(rng, sources[source]),
        phase=phase,
        enhancement=enhancement,
        wildness=float(rng.choice((0.8, 1.3, 2.5), p=(0.5, 0.35, 0.15))),
        own_kidneys=own,
        healthy=healthy,
        sides=(-1, -1) if own else _draw_sides(rng, bank, healthy),
        lesion_side=_draw_lesion(rng, bank, healthy) if own else -1,
        distractors=bool(rng.random() < 0.35),
        stones=bool(rng.random() < 0.12),
        stent=int(rng.integers(2)) if rng.random() < 0.04 else -1,
        pelvis=int(rng.integers(2)) if rng.random() < 0.15 else -1,
        motion_mm=float(rng.uniform(1.5, 6)) if rng.random() < 0.08 else 0.0,
        slice_mm=float(rng.choice(_SLICE_MM, p=_SLICE_SHARE)),
        noise_hu=float(np.exp(rng.uniform(np.log(3.5), np.log(22.0)))),
        sharpness_mm=float(rng.uniform(0.3, 1.1)),
        eight_bit=bool(rng.random() < 0.35),
        field_mm=float(rng.uniform(140, 190)) if rng.random() < 0.1 else 0.0,
    )


def _triple(values: Any) -> Triple:
    z, y, x = (float(v) for v in values)
    return (z, y, x)


def _draw_family(rng: np.random.Generator, bank: Bank) -> str:
    if not bank.abdomens:
        return "scan"
    if not bank.backgrounds:
        return "map"
    return "scan" if rng.random() < 0.6 else "map"


def _draw_phase(rng: np.random.Generator) -> float:
    kind = rng.random()
    if kind < 0.12:
        return float(rng.uniform(0.0, 0.2))
    if kind < 0.55:
        return float(rng.uniform(0.6, 1.5))
    return float(rng.uniform(1.5, 2.3)) if kind < 0.88 else float(rng.uniform(2.3, 3.0))


def _draw_shift(rng: np.random.Generator, source: Background | Abdomen) -> Triple:
    """Mostly about the kidneys; one in ten anywhere in the source, chest and pelvis too."""
    z, y, x = rng.uniform(-1, 1, 3)
    kind = rng.random()
    if kind < 0.9:
        return _triple((z * (25.0 if kind < 0.72 else 80.0), y * 12.0, x * 12.0))
    low, high = 45, max(source.kidneys.shape[0] - 45, 46)
    at = float(rng.uniform(low, high))
    return _triple(((at - source.middle_zyx[0]) * SPACING_MM, y * 12.0, x * 12.0))


def _draw_shape(rng: np.random.Generator) -> Index:
    return (
        int(rng.choice((112, 128, 144))),
        int(rng.choice((160, 176, 192))),
        int(rng.choice((208, 224, 240, 256))),
    )


def _pick(rng: np.random.Generator, bank: Bank, pool: tuple[Side, ...]) -> int:
    return bank.sides.index(pool[int(rng.integers(len(pool)))]) if pool else -1


def _draw_sides(rng: np.random.Generator, bank: Bank, healthy: bool) -> tuple[int, int]:
    plain = _pick(rng, bank, bank.without_tumour)
    other = _pick(rng, bank, bank.without_tumour)
    if not healthy and bank.with_tumour:
        kind = rng.random()
        plain = _pick(rng, bank, bank.with_tumour)
        if kind < 0.08:  # tumours on both sides
            other = _pick(rng, bank, bank.with_tumour)
        elif kind < 0.13:  # a single kidney
            other = -1
        elif kind < 0.7:  # the same patient's other kidney, where there is one
            case = bank.sides[plain].case
            same = [k for k, side in enumerate(bank.sides) if side.case == case and k != plain]
            other = same[0] if same else other
    return (plain, other) if rng.random() < 0.5 else (other, plain)


def _draw_lesion(rng: np.random.Generator, bank: Bank, healthy: bool) -> int:
    if healthy and rng.random() < 0.6:
        return -1
    with_cyst = tuple(s for s in bank.sides if s.has_cyst)
    return _pick(rng, bank, with_cyst if healthy else bank.with_tumour)
