"""A model goes on learning from corrected cases; its coarse step stays as it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from kidview.core.errors import SettingError
from kidview.core.modelcard import ModelCard, read_card
from trainer.data.datasets import Case, find_cases
from trainer.export.model import history, write_model
from trainer.export.onnx_file import checked_onnx
from trainer.export.weights import checkpoint_of, config_of
from trainer.networks import build
from trainer.training.checkpoint import Checkpoint, load, save
from trainer.training.loop import Plan, train
from trainer.training.store import DataSetSource, find_source

_WARM_STEPS = 20
_EMA = 0.98  # few steps: the average must follow
_LICENCE = "As its parent's, and further limited by what the corrected cases allow."


@dataclass(frozen=True)
class Model:
    """A model by its place: ``folder/name.json``."""

    folder: Path
    name: str

    @classmethod
    def at(cls, path: Path) -> Model:
        """From a path such as ``models/kidview-small``, with or without ``.json``."""
        return cls(path.parent, path.name.removesuffix(".json"))

    @property
    def card(self) -> ModelCard:
        """Read and checked; raises ModelError."""
        return read_card(self.folder / f"{self.name}.json")

    @property
    def run(self) -> Path:
        """Folder of the checkpoint it is made from."""
        return self.folder / f"{self.name}.run"


@dataclass(frozen=True)
class Lesson:
    """What is taught, and how.

    Parameters
    ----------
    cases : Path
        A case store, or real cases in any layout the trainer reads.
    replay : Path, optional
        Pool of samples of what the parent learned from.
    replay_share : float
        Of the patches, where there is a pool.
    minutes : float
    rate : float
        Highest learning rate.
    batch : int
    blend : float
        How far the child goes from its parent's weights to those it learned, 0 to 1; in between
        most of what was learned is kept and less is forgotten.
        Source: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models" (arXiv 2109.01903).
    device : str
    resume : bool
        Go on where an earlier call was stopped.
    steps : int, optional
        The end of the lesson, even before its time.
    seed : int
        Of the patches.
    """

    cases: Path
    minutes: float
    replay: Path | None = None
    replay_share: float = 0.5
    rate: float = 1e-4
    batch: int = 1
    blend: float = 0.4
    device: str = "auto"
    resume: bool = False
    steps: int | None = None
    seed: int = 0


def finetune(lesson: Lesson, parent: Model, child: Model) -> ModelCard:
    """Teach a copy of a model; writes ``child`` beside its run, never over another model.

    Parameters
    ----------
    lesson : Lesson
    parent, child : Model

    Returns
    -------
    ModelCard
        Of the child; its `training` names parent, cases and their hash.

    Raises
    ------
    SettingError
        There is no corrected case to train on, or the child would replace a model.
    ModelError
        The parent is unusable or cannot be trained.
    """
    _refuse(parent, child)
    card = parent.card
    config = replace(
        config_of(card, "fine"),
        rate=lesson.rate,
        batch=lesson.batch,
        warm_steps=_WARM_STEPS,
        ema=_EMA,
        seed=lesson.seed,
    )
    taught = DataSetSource(lesson.cases, held_back=False, prepared=child.run / "prepared")
    held = DataSetSource(lesson.cases, held_back=True, prepared=child.run / "prepared")
    names = taught.names()
    if not names:
        raise SettingError(
            "no corrected case may train: all are held back to measure on",
            "correct scans of more patients",
        )
    begun = replace(checkpoint_of(card, "fine", parent.folder), config=config)
    save(begun, child.run / "parent")  # so that a run can begin with it
    plan = Plan(
        child.run,
        lesson.minutes,
        resume=lesson.resume,
        init=child.run / "parent",
        device=lesson.device,
        first_samples=1,
        validation_samples=len(held.names()),
        replay_share=lesson.replay_share,
        validate_minutes=max(lesson.minutes / 4, 1.0),
        save_minutes=1.0,
        report_s=5.0,
        steps=lesson.steps,
    )
    replay = None
    if lesson.replay is not None:
        replay = find_source(lesson.replay, held_back=False, prepared=child.run / "prepared")
    last = train(config, taught, held, plan, replay)
    return _export(last, card, parent, child, lesson)


def _refuse(parent: Model, child: Model) -> None:
    if (child.folder / f"{child.name}.json").exists():
        raise SettingError(f"there is a model {child.name} already", "choose another name")
    if child.name == parent.name:
        raise SettingError("the new model has its parent's name", "choose another name")


def _export(
    last: Checkpoint, card: ModelCard, parent: Model, child: Model, lesson: Lesson
) -> ModelCard:
    """Networks and card of the child."""
    network = build(last.config)
    begun = load(child.run / "parent").ema
    network.load_state_dict(
        {name: torch.lerp(begun[name], value, lesson.blend) for name, value in last.ema.items()}
    )
    fine, agreement = checked_onnx(network, last.config.tile_zyx)
    files, steps = {}, []
    for title, step in zip(card.titles, card.steps, strict=True):
        data = fine if step.role == "fine" else (parent.folder / step.file).read_bytes()
        name = f"{child.name}.{title}.onnx"
        files[name] = data
        steps.append(replace(step, file=name, sha256=hashlib.sha256(data).hexdigest()))
    training = dict(card.training)
    training["fine"] = history(last) | {"largest_difference_to_torch": agreement.largest}
    training["parent"] = identity(card)
    training["cases"] = _cases_of(lesson, last) | {"blend": lesson.blend}
    made = ModelCard(
        name=child.name,
        version=f"{card.version}+{len(last.split['train'])}",
        labels=card.labels,
        steps=tuple(steps),
        training=training,
        licence=f"{_LICENCE} Parent: {card.licence}",
        limits=card.limits,
    )
    write_model(files, made, child.folder)
    return made


def identity(card: ModelCard) -> dict[str, Any]:
    """Which model exactly: name, version, and the sha256 of each of its networks."""
    return {"name": card.name, "version": card.version, "sha256": card.checksums}


def _cases_of(lesson: Lesson, last: Checkpoint) -> dict[str, Any]:
    """Names of the cases on both sides, and a hash of what trained."""
    _, cases = find_cases(lesson.cases)
    by_name = {case.name: case for case in cases}
    digest = hashlib.sha256()
    for name in sorted(last.split["train"]):
        if name in by_name:
            _digest_of(by_name[name], digest.update)
    share = lesson.replay_share if lesson.replay is not None else 0.0
    return {
        "trained": [name for name in last.split["train"] if name in by_name],
        "held_back": last.split["validation"],
        "sha256": digest.hexdigest(),
        "replay_share": share,
    }


def _digest_of(case: Case, update: Any) -> None:
    for path in (case.image, case.labels):
        if path is not None:
            with path.open("rb") as stream:
                update(hashlib.file_digest(stream, "sha256").digest())
