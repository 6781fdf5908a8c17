"""What corrected cases teach: a curve over their number, and whose order to correct them in.

    python -m benchmarks.teaching make BANK OUT       draw the cases (BANK: kidview-train bank)
    python -m benchmarks.teaching curve OUT POOL      teach 5, 10 and 20 cases, measure
    python -m benchmarks.teaching active OUT POOL     most doubtful first against any order
    python -m benchmarks.teaching table OUT           what was measured, as Markdown

POOL holds drawn samples of the usual kind that are replayed. All runs have the same number of
steps, so it does not matter how busy the machine is. Cases are synthetic: shifted ones are from
the end of the excretory phase, in slices of 8 mm and with much noise, which the shipped model's
training rarely (phase, noise) or never (slices) showed. Each has 5 mL of masses or more. Cases
that teach are made of other patients' shapes than those that measure. What is there already is
kept, so a run that was stopped is called again.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np

from trainer.data.split import is_held_back
from trainer.synthesis.bank import Bank, load_bank
from trainer.synthesis.parameters import draw_parameters
from trainer.synthesis.sample import Sample, carry_out

LEAST_ML = 5.0
HELD, CURVE, POOL = 10, (5, 10, 20), 16  # cases of a kind; cases taught; cases to choose among
SEEDS, BUDGET = 3, 4  # of the comparison of orders; cases each may correct
STEPS, LANES = 150, 2
MODEL = Path(__file__).parents[1] / "models" / "kidview-small"
CLASSES = ("hec_kidney_and_mass", "hec_mass", "hec_tumour")


def draw(bank: Bank, seed: int, is_shifted: bool) -> Sample:
    """A case with enough masses; of the usual kind, or of a scanner the model does not know."""
    rng = np.random.default_rng(seed)
    while True:
        p = draw_parameters(rng, bank)
        if is_shifted:
            phase, noise = float(rng.uniform(2.6, 3.0)), float(rng.uniform(25, 40))
            p = replace(p, phase=phase, noise_hu=noise, slice_mm=8.0, eight_bit=False)
        sample = carry_out(rng, bank, p)
        if np.count_nonzero(sample.labels > 1) * np.prod(sample.spacing_zyx) / 1000 >= LEAST_ML:
            return sample


def make(bank: Path, out: Path) -> None:
    """Draw all cases as pairs of NIfTI files: held, curve, active-0 to active-2."""
    teaching, measuring = load_bank(bank, False), load_bank(bank, True)
    for k in range(HELD):
        for kind in ("usual", "shifted"):
            _write(out / "held" / kind, f"{kind}_{k}", measuring, (9000, k), kind == "shifted")
    for k in range(max(CURVE)):
        _write(out / "curve", f"case_{k}", teaching, (9100, k), True)
    for seed in range(SEEDS):
        for k in range(POOL):
            _write(
                out / f"active-{seed}", f"case_{seed}_{k}", teaching, (9200 + seed, k), k % 2 > 0
            )


def _write(folder: Path, name: str, bank: Bank, seed: tuple[int, int], is_shifted: bool) -> None:
    """One case, under a name that lets it teach."""
    while is_held_back(name):
        name += "x"
    labels = folder / f"{name}_seg.nii.gz"
    if labels.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    sample = draw(bank, int(np.random.SeedSequence(seed).generate_state(1)[0]), is_shifted)
    affine = np.diag([*sample.spacing_zyx[::-1], 1.0])
    for path, array in ((folder / f"{name}.nii.gz", sample.hu), (labels, sample.labels)):
        nib.Nifti1Image(array.transpose(2, 1, 0), affine).to_filename(path)
    print(folder.name, name, flush=True)


def teach(out: Path, name: str, cases: list[Path], pool: Path, seed: int = 0) -> None:
    """A model `name` that these cases (scans) taught."""
    model = out / "models" / f"{name}.json"
    if model.exists():
        return
    folder = out / "lessons" / name
    folder.mkdir(parents=True, exist_ok=True)
    for scan in cases:
        for path in (scan, scan.with_name(scan.name.replace(".nii.gz", "_seg.nii.gz"))):
            if not (folder / path.name).exists():
                os.link(path, folder / path.name)
    words = ["finetune", "--cases", folder, "--from", MODEL, "--out", model.with_suffix("")]
    words += ["--replay", pool, "--steps", STEPS, "--minutes", 600, "--threads", 1, "--resume"]
    words += ["--seed", seed]
    _run("trainer", words, out / "logs" / f"{name}.log")


def measure(out: Path, name: str, kinds: tuple[str, ...] = ("shifted", "usual")) -> None:
    """Scores of a model on the held cases of some kinds; "parent" is the shipped one."""
    place = MODEL if name == "parent" else out / "models" / name
    for kind in kinds:
        target = out / "scores" / f"{name}-{kind}.json"
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        held = out / "held" / kind
        words = ["evaluate", "--images", held, "--references", held, "--model", place.name]
        words += ["--models", place.parent, "--device", "openvino", "--json", target]
        _run("trainer", words, out / "logs" / f"{name}-{kind}.log")


def doubt(out: Path, scan: Path) -> float:
    """How unsure the shipped model is of a scan."""
    target = out / "doubt" / f"{scan.name}.json"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        mask = target.with_suffix(".nii.gz")
        words = ["segment", scan, "-o", mask, "--force", "--device", "openvino", "--json"]
        _run("kidview", words, target)
    return float(json.loads(target.read_text())["network"]["doubt"])


def _run(package: str, words: list[object], log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    part = log.with_name(f"{log.name}.part")
    with part.open("w") as stream:
        command = [sys.executable, "-m", package, *map(str, words)]
        subprocess.run(command, stdout=stream, check=True)
    part.rename(log)


def curve(out: Path, pool: Path) -> None:
    """Teach more and more cases of the shifted kind; none is the parent."""
    cases = _scans(out / "curve")
    with ThreadPoolExecutor(LANES) as lanes:
        for count in reversed(CURVE):
            lanes.submit(teach, out, f"curve-{count}", cases[:count], pool)
    for name in ("parent", *(f"curve-{count}" for count in CURVE)):
        measure(out, name)


def active(out: Path, pool: Path) -> None:
    """With the same budget: the cases the model is least sure of, or any."""
    names = []
    with ThreadPoolExecutor(LANES) as lanes:
        for seed in range(SEEDS):
            cases = _scans(out / f"active-{seed}")
            doubtful = sorted(cases, key=lambda scan: -doubt(out, scan))
            any_order = np.random.default_rng(seed).permutation(len(cases))
            orders = {"doubtful": doubtful, "any": [cases[k] for k in any_order]}
            for order, sorted_cases in orders.items():
                names.append(f"{order}-{seed}")
                lanes.submit(teach, out, names[-1], sorted_cases[:BUDGET], pool, seed)
    for kind in ("shifted", "usual"):
        for name in names:
            measure(out, name, (kind,))


def _scans(folder: Path) -> list[Path]:
    """Scans by the number in their names, which is the order they were drawn in."""
    scans = [path for path in folder.glob("case_*.nii.gz") if "_seg" not in path.name]
    return sorted(scans, key=lambda path: int(path.name.split(".")[0].rstrip("x").split("_")[-1]))


def table(out: Path) -> None:
    """Means over the held cases, and of the differences to the parent."""
    print("| model | " + " | ".join(f"{kind} {name}" for kind in ("shifted", "usual")
          for name in CLASSES) + " |")  # fmt: skip
    print("|---" * (1 + 2 * len(CLASSES)) + "|")
    for path in sorted((out / "scores").glob("*-shifted.json")):
        name, cells = path.name.removesuffix("-shifted.json"), []
        for kind in ("shifted", "usual"):
            if not (out / "scores" / f"{name}-{kind}.json").exists():
                continue
            rows, before = (_rows(out, who, kind) for who in (name, "parent"))
            for key in CLASSES:
                mean = statistics.mean(row[key] for row in rows.values())
                gain = statistics.mean(row[key] - before[case][key] for case, row in rows.items())
                cells.append(f"{mean:.3f} ({gain:+.3f})")
        print(f"| {name} | " + " | ".join(cells) + " |")
    for seed in range(SEEDS):
        cases = _scans(out / f"active-{seed}")
        if all((out / "doubt" / f"{scan.name}.json").exists() for scan in cases):
            first = sorted(cases, key=lambda scan: -doubt(out, scan))[:BUDGET]
            shifted = sum(cases.index(scan) % 2 for scan in first)
            print(f"\nseed {seed}: of the {BUDGET} most doubtful {shifted} are shifted")


def _rows(out: Path, name: str, kind: str) -> dict[str, dict[str, float]]:
    scores = json.loads((out / "scores" / f"{name}-{kind}.json").read_text())
    return {row["case"]: row for row in scores["cases"]}


if __name__ == "__main__":
    {"make": make, "curve": curve, "active": active, "table": table}[sys.argv[1]](
        *map(Path, sys.argv[2:])
    )
