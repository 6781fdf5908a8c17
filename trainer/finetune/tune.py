"""A model goes on learning from corrected cases; its coarse step stays as it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from kidview.cases import SetCase, find_cases
from kidview.core.errors import SettingError
from kidview.core.modelcard import ModelCard, read_card
from trainer.export.model import history, write_model
from trainer.export.onnx_file import checked_onnx
from trainer.export.weights import checkpoint_of, config_of
from trainer.finetune.apart import refuse_twins, twins
from trainer.finetune.one_teacher import one_teacher
from trainer.networks import build
from trainer.training.checkpoint import Checkpoint, load, save
from trainer.training.loop import Plan, train
from trainer.training.store import DataSetSource, Source, find_source

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
        Samples of what the parent learned from: a pool, or real cases in any layout.
    replay_share : float
        Of the patches, where there is something to replay.
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
    changed_share : float
        Of the patches of a stored case, about voxels that a person changed.
    regression : Path, optional
        Cases that measure every model: a scan that is one of them does not teach.
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
    changed_share: float = 0.25
    regression: Path | None = None


@dataclass(frozen=True)
class _Sources:
    """Cases that teach and that are held back, and what is replayed beside them."""

    taught: DataSetSource
    held: DataSetSource
    replay: Source | None


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
        There is no corrected case to train on, one that measures would be replayed, or the child
        would replace a model.
    ModelError
        The parent is unusable or cannot be trained.
    CaseError
        A file of a case store is not the one its record tells of.
    WriteError
        Another program teaches the child.
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
        changed_share=lesson.changed_share,
    )
    sources = _sources(lesson, child)
    begun = replace(checkpoint_of(card, "fine", parent.folder), config=config)
    with one_teacher(child.run, child.name):
        _refuse(parent, child)  # another program may have finished it meanwhile
        save(begun, child.run / "parent")  # so that a run can begin with it
        plan = _plan(lesson, child, len(sources.held.names()))
        last = train(config, sources.taught, sources.held, plan, sources.replay)
        return _export(last, card, parent, child, lesson)


def _sources(lesson: Lesson, child: Model) -> _Sources:
    """What teaches, once it is sure that nothing of it measures."""
    kept = child.run / "prepared"
    always = find_cases(lesson.regression)[1] if lesson.regression is not None else []
    taught = DataSetSource(lesson.cases, held_back=False, prepared=kept)
    left_out = twins(taught.cases, always)
    for name, twin in left_out.items():
        print(json.dumps({"event": "left out", "case": name, "measures as": twin}), flush=True)
    taught = DataSetSource(lesson.cases, False, kept, without=left_out)
    held = DataSetSource(lesson.cases, held_back=True, prepared=kept)
    if not taught.names():
        raise SettingError(
            "no corrected case may train: all are held back to measure on",
            "correct scans of more patients",
        )
    replay: Source | None = None
    replayed: list[SetCase] = []
    if lesson.replay is not None:
        replay = find_source(lesson.replay, held_back=False, prepared=kept)
        if isinstance(replay, DataSetSource):
            replayed = replay.cases
            if not replayed:
                raise SettingError(
                    f"no case of {lesson.replay} may be replayed: all are held back",
                    "put outlined scans of more patients there; one patient in nine is held back",
                )
    refuse_twins(replayed, always, "the regression set")
    refuse_twins(replayed, held.cases, "the cases held back")
    return _Sources(taught, held, replay)


def _plan(lesson: Lesson, child: Model, held_back: int) -> Plan:
    return Plan(
        child.run,
        lesson.minutes,
        resume=lesson.resume,
        init=child.run / "parent",
        device=lesson.device,
        first_samples=1,
        validation_samples=held_back,
        replay_share=lesson.replay_share,
        validate_minutes=max(lesson.minutes / 4, 1.0),
        save_minutes=1.0,
        report_s=5.0,
        steps=lesson.steps,
    )


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
    replayed = lesson.replay_share if lesson.replay is not None else 0.0
    return {
        "trained": [name for name in last.split["train"] if name in by_name],
        "held_back": last.split["validation"],
        "sha256": digest.hexdigest(),
        "replay_share": replayed,
        "changed_share": lesson.changed_share,
    }


def _digest_of(case: SetCase, update: Any) -> None:
    for path in (case.image, case.labels):
        if path is not None:
            with path.open("rb") as stream:
                update(hashlib.file_digest(stream, "sha256").digest())
