"""Checkpoints of a cascade to ``<name>.json``, ``<name>.coarse.onnx``, ``<name>.fine.onnx``."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kidview.core.errors import ModelError, SettingError, WriteError
from kidview.core.labels import LABELS
from kidview.core.modelcard import ModelCard, Step, read_card
from trainer.data.places import check_folder
from trainer.export.onnx_file import checked_onnx
from trainer.networks import build
from trainer.training.checkpoint import Checkpoint, load

LICENCE = (
    "Research use, non-commercial: trained on images synthesised from data under"
    " CC BY-NC-SA 4.0 (KiTS23 label maps) and other licences named in 'training'."
)
SOURCES = {
    "KiTS23 label maps (shapes of kidneys, tumours, cysts)": "CC BY-NC-SA 4.0",
    "3D-IRCADb-01 (abdomens)": "CC BY-NC-ND 4.0, research use",
    "TCGA-OV (abdomens)": "CC BY 3.0",
    "ICRP 110 voxel phantoms (abdomens)": "for research, not to be passed on",
}
LIMITS = (
    "A small network, trained on synthetic images only. Not a medical device. Expect"
    " missed and false tumours and cysts, worse results without contrast agent, and errors"
    " in transplanted, horseshoe or missing kidneys. Check every voxel before use."
    " The two KiTS scans among the scores trained nothing, but choices were made by looking at"
    " them: expect less elsewhere."
)


def export_model(
    coarse: Sequence[Path], fine: Path, name: str, out: Path, version: str
) -> ModelCard:
    """Write the networks of a cascade and their card.

    Files are written beside and moved into place, the card last.

    Parameters
    ----------
    coarse : Paths
        Folders of the coarse runs; of several the scores are averaged.
    fine : Path
        Folder of the fine run.
    name : str
        Of the model, and of its files.
    out : Path
        Folder of the models.
    version : str

    Raises
    ------
    ModelError
        A run has no usable checkpoint, has the wrong role, or its network does not give the
        same in onnxruntime as in torch.
    SettingError
        The name is none for a file.
    WriteError
    """
    if not name.strip() or name.startswith(".") or any(sign in name for sign in "/\\:"):
        raise SettingError(f"'{name}' is no name for a model", "use one like kidview-small")
    check_folder(out)
    steps, training, files = [], {}, {}
    titles = ["coarse", *(f"coarse-{n}" for n in range(2, len(coarse) + 1))]
    runs = {title: load_role(run, "coarse") for title, run in zip(titles, coarse, strict=True)}
    runs["fine"] = load_role(fine, "fine")
    for title, run in runs.items():
        network = build(run.config)
        network.load_state_dict(run.ema)
        file, agreement = checked_onnx(network, run.config.tile_zyx)
        file_name = f"{name}.{title}.onnx"
        files[file_name] = file
        steps.append(run.config.step(file_name, hashlib.sha256(file).hexdigest()))
        training[title] = history(run) | {"largest_difference_to_torch": agreement.largest}
    training["sources"] = SOURCES
    card = ModelCard(
        name=name,
        version=version,
        labels=tuple(row.id for row in LABELS),
        steps=tuple(steps),
        training=training,
        licence=LICENCE,
        limits=LIMITS,
    )
    write_model(files, card, out)
    return card


def attach(run_folder: Path, model: Path, out: Path, version: str) -> ModelCard:
    """A model with a refining network in place of, or beside, those it has.

    Parameters
    ----------
    run_folder : Path
        Of a run of the role "refine".
    model : Path
        ``folder/name.json``, with or without ``.json``; its other networks are copied.
    out : Path
        Folder for the new card and all its networks; may be the model's own.
    version : str

    Raises
    ------
    ModelError
        The run has no usable checkpoint or another role, or the model is unusable.
    WriteError
    """
    run = load_role(run_folder, "refine")
    path = model.with_name(f"{model.name.removesuffix('.json')}.json")
    card = read_card(path)
    network = build(run.config)
    network.load_state_dict(run.ema)
    file, agreement = checked_onnx(network, run.config.tile_zyx, run.config.inputs)
    name = f"{card.name}.refine.onnx"
    others = tuple(step for step in card.steps if step.role != "refine")
    files = {step.file: _bytes_of(path.parent, step) for step in others}
    files[name] = file
    steps = (*others, run.config.step(name, hashlib.sha256(file).hexdigest()))
    told = history(run) | {"largest_difference_to_torch": agreement.largest}
    training = card.training | {"refine": told}
    made = replace(card, version=version, steps=steps, training=training)
    write_model(files, made, out)
    return made


def _bytes_of(folder: Path, step: Step) -> bytes:
    """A network's file, which must be the card's."""
    hint = "restore the models folder, or export the model again"
    try:
        data = (folder / step.file).read_bytes()
    except OSError as error:
        raise ModelError(f"the network {step.file} cannot be read", hint) from error
    if hashlib.sha256(data).hexdigest() != step.sha256:
        raise ModelError(f"{step.file} is not the file its card describes (sha256)", hint)
    return data


def load_role(folder: Path, role: str) -> Checkpoint:
    """The checkpoint of a run that must be one step of the cascade.

    Raises
    ------
    ModelError
        There is none, it is damaged, or it has another role.
    """
    run = load(folder)
    if run.config.role != role:
        raise ModelError(f"run {folder} is '{run.config.role}'", f"give a {role} run to --{role}")
    return run


def history(run: Checkpoint) -> dict[str, Any]:
    """What a card tells of a run."""
    return {
        "revision": run.revision,
        "optimiser_steps": run.step,
        "minutes": round(run.elapsed_s / 60, 1),
        "samples": len(run.split["train"]),
        "validation_samples": len(run.split["validation"]),
        "dice_on_synthetic_validation": run.scores,
        "config": run.config.to_dict(),
        "parent": run.parent,
    }


def write_model(files: dict[str, bytes], card: ModelCard, out: Path) -> None:
    """Write networks and their card: beside and moved into place, the card last.

    Raises
    ------
    WriteError
    """
    _write_all({**files, f"{card.name}.json": card.to_json().encode()}, out)


def _write_all(files: dict[str, bytes], out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for file_name, data in files.items():
            (out / f"{file_name}.part").write_bytes(data)
        for file_name in files:
            os.replace(out / f"{file_name}.part", out / file_name)
    except OSError as error:
        raise WriteError(f"cannot write the model to {out}", "check the folder") from error
