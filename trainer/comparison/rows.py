"""One network of a comparison: trained, exported, measured through the program."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from kidview.core.errors import KidViewError
from trainer.config import Config
from trainer.evaluation.cases import Pair, evaluate_case
from trainer.evaluation.intervals import bootstrap_mean
from trainer.evaluation.scores import HECS
from trainer.export.model import export_model
from trainer.networks import build
from trainer.training.checkpoint import FILE, load
from trainer.training.loop import Plan, train
from trainer.training.store import Source


@dataclass(frozen=True)
class Terms:
    """What is the same for every network.

    Parameters
    ----------
    pool, held_back : Source
        Samples.
    coarse : Path
        Run of the cascade's first step.
    minutes : float
        Of training.
    sets : dict
        Name of a set of cases to its scans and references.
    out : Path
        Folder of all runs.
    device : str
    """

    pool: Source
    held_back: Source
    coarse: Path
    minutes: float
    sets: dict[str, list[Pair]]
    out: Path
    device: str


def slug(name: str) -> str:
    """A network's name as a file's: "2D U-Net" is ``2d-u-net``."""
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def train_entry(name: str, config: Config, terms: Terms) -> None:
    """Train a network to the end of its minutes, on from where it was."""
    folder = terms.out / slug(name)
    if (folder / FILE).exists() and load(folder).elapsed_s >= 60 * terms.minutes - 1:
        return
    plan = Plan(folder, terms.minutes, resume=True, device=terms.device, validate_minutes=1e6)
    train(config, terms.pool, terms.held_back, plan)


def measure_entry(name: str, terms: Terms) -> dict[str, Any]:
    """Export a trained network and score it on every set through `kidview segment`.

    Returns
    -------
    dict
        ``network``, ``steps``, ``parameters``, ``gflop_per_litre`` and per set the means of
        the HECs' Dice and surface Dice with 95 % intervals. Kept in the run's folder, and
        read from there when neither the run nor the sets have changed since.
    """
    run = load(terms.out / slug(name))
    names = {key: [pair.name for pair in pairs] for key, pairs in terms.sets.items()}
    kept = _kept(name, terms)
    if kept.exists():
        row: dict[str, Any] = json.loads(kept.read_text())
        if row["steps"] == run.step and row.get("names") == names:
            return row
    folder = terms.out / slug(name)
    export_model([terms.coarse], folder, slug(name), terms.out / "models", "comparison")
    parameters, gflop = _size(run.config)
    row = {
        "network": name,
        "steps": run.step,
        "names": names,
        "minutes": round(run.elapsed_s / 60, 1),
        "parameters": parameters,
        "gflop_per_litre": gflop,
        "sets": {key: _score(slug(name), pairs, terms) for key, pairs in terms.sets.items()},
    }
    keep(row, terms)
    return row


def keep(row: dict[str, Any], terms: Terms) -> None:
    """Write a network's row into its run's folder."""
    _kept(row["network"], terms).write_text(json.dumps(row, indent=2) + "\n")


def _kept(name: str, terms: Terms) -> Path:
    return terms.out / slug(name) / "scores.json"


def _score(model: str, pairs: Sequence[Pair], terms: Terms) -> dict[str, Any]:
    rows = [evaluate_case(pair, model, "cpu", terms.out / "models") for pair in pairs]
    table: dict[str, Any] = {"cases": len(rows)}
    for kind in ("hec", "sd"):
        for hec in HECS:
            # Of a case without the class only false alarms could be said: 0 or 1.
            values = [r[f"{kind}_{hec}"] for r in rows if _has(r, hec)]
            table[f"{kind}_{hec}"] = bootstrap_mean(values) if values else None
    for count in ("lesions", "lesions_hit", "false_alarms"):
        table[count] = sum(row[count] for row in rows)
    return table


def _has(row: dict[str, Any], hec: str) -> bool:
    if hec == "kidney_and_mass":
        return True
    labels = ("tumour",) if hec == "tumour" else ("tumour", "cyst")
    return any(row[f"true_ml_{label}"] > 0 for label in labels)


def _size(config: Config) -> tuple[int, float]:
    """Parameters, and GFLOP to outline a litre (without overlap of tiles)."""
    network = build(config).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, *config.tile_zyx))
    litres = 1e-6
    for n, mm in zip(config.tile_zyx, config.spacing_zyx, strict=True):
        litres *= n * mm
    parameters = sum(p.numel() for p in network.parameters())
    return parameters, round(counter.get_total_flops() / 1e9 / litres, 1)


# The peak of the process itself: what a parent learns of a child (ru_maxrss) is never less
# than the parent's own memory at the fork.
_FRAME = """
import sys
from kidview.cli import main
code = main(sys.argv[1:])
with open("/proc/self/status") as file:
    peak = next(line for line in file if line.startswith("VmHWM"))
if not code:
    print(peak.split()[1], file=sys.stderr)
sys.exit(code)
"""


def cost_of(name: str, scan: Path, terms: Terms) -> dict[str, float]:
    """Seconds and peak memory (MB) of `kidview segment` on a scan, alone on the machine."""
    with TemporaryDirectory() as folder:
        words = ["segment", str(scan), "--device", "cpu", "-o", str(Path(folder) / "mask.nii.gz")]
        words += ["--model", slug(name), "--models", str(terms.out / "models")]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _FRAME, *words], capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - began
    said = done.stderr.strip().splitlines() or ["it said nothing"]
    if done.returncode != 0:
        raise KidViewError(f"kidview segment failed on {scan.name}", said[-1])
    return {"seconds": round(seconds, 1), "peak_mb": round(int(said[-1]) / 1024)}
