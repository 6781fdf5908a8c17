"""The training loop: load, draw, step, average, validate, save, until the time is over.

The learning rate follows the clock (half a cosine over the minutes given), so that a run
always ends cooled down, however fast the machine was. One JSON line per report on stdout.
"""

from __future__ import annotations

import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from kidview.core.errors import ModelError, SettingError
from kidview.core.prepare import normalise
from trainer.config import Config
from trainer.evaluation.scores import HECS, dice, select
from trainer.evaluation.window import kidney_boxes, predict
from trainer.networks import build
from trainer.training.checkpoint import Checkpoint, as_parent, git_revision, load, save
from trainer.training.losses import segmentation_loss
from trainer.training.patches import Sample, Source, Store

LOG_EVERY = 20  # steps
NEW_SAMPLES_EVERY_S = 2.5  # one new sample is taken in that often while training
VALIDATION_SAMPLES = 8


@dataclass(frozen=True)
class Plan:
    """Where a run lives and how long it takes.

    Parameters
    ----------
    out : Path
        Folder of the checkpoint.
    minutes : float
        Time of the whole run, resumptions included.
    resume : bool
        Go on from the checkpoint in `out`.
    init : Path, optional
        Folder of a run of the same network whose averaged weights this one begins with.
    validate_minutes, save_minutes : float
        How often.
    first_samples : int
        Samples awaited before the first step.
    """

    out: Path
    minutes: float
    resume: bool = False
    init: Path | None = None
    validate_minutes: float = 8.0
    save_minutes: float = 3.0
    first_samples: int = 20


def learning_rate(config: Config, step: int, progress: float) -> float:
    """Linear warm-up over steps, then half a cosine over the share of time gone."""
    warm = min(1.0, (step + 1) / config.warm_steps)
    return config.rate * warm * 0.5 * (1 + float(np.cos(np.pi * min(progress, 1.0))))


def update_average(average: nn.Module, network: nn.Module, decay: float, step: int) -> None:
    """Move the averaged weights toward the present ones, faster in the first steps."""
    decay = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for mine, new in zip(average.parameters(), network.parameters(), strict=True):
            mine.lerp_(new, 1 - decay)


def validate(network: nn.Module, samples: list[Sample], config: Config) -> dict[str, float]:
    """Mean Dice of the evaluation classes over held-back samples.

    Coarse networks see whole samples, fine ones the box about each kidney. Samples without
    tumour (or mass) are left out of the means of tumour (mass), which false alarms would
    otherwise turn into a count of zeros.
    """
    margin = [round(config.margin_mm / s) for s in config.spacing_zyx]
    rows: dict[str, list[float]] = {name: [] for name in HECS}
    for sample in samples:
        image = normalise(sample.hu, config.step())
        found = np.zeros_like(sample.labels)
        if config.whole:
            found = predict(network, image, config.tile_zyx, config.overlap)
        else:
            for box in kidney_boxes(sample.labels, (margin[0], margin[1], margin[2])):
                part = predict(network, image[box.slices], config.tile_zyx, config.overlap)
                found[box.slices] = np.maximum(found[box.slices], part)
        for name, members in HECS.items():
            truth = select(sample.labels, members)
            if truth.any():
                rows[name].append(dice(select(found, members), truth))
    return {name: round(float(np.mean(row)), 4) for name, row in rows.items() if row}


def train(config: Config, pool: Source, held_back: Source, plan: Plan) -> Checkpoint:
    """Run (or go on with) a training; returns its last checkpoint.

    Raises
    ------
    SettingError
        `held_back` and `pool` share samples, or there are no samples.
    ModelError
        `plan.resume` without a usable checkpoint.
    """
    shared = set(pool.names()) & set(held_back.names())
    if shared:
        raise SettingError(f"sample {min(shared)} is in both folders", "hold validation cases back")
    torch.manual_seed(config.seed)
    network = build(config)
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=config.weight_decay)
    step, before_s, scores, parent = 0, 0.0, {}, {}
    if plan.init is not None and not plan.resume:
        first = load(plan.init)
        _take_weights(network, first)
        _take_weights(average, first)
        parent = as_parent(first)
    if plan.resume:
        last = load(plan.out)
        config, step, before_s, scores = last.config, last.step, last.elapsed_s, last.scores
        parent = last.parent
        network.load_state_dict(last.model)
        average.load_state_dict(last.ema)
        optimizer.load_state_dict(last.optimizer)
    rng = np.random.default_rng((config.seed, step))
    store, validation = Store(pool, config), Store(held_back, config)
    _await_samples(store, plan.first_samples)
    validation.load(VALIDATION_SAMPLES)
    revision = git_revision()
    began = time.monotonic()
    losses: list[float] = []
    validated = saved = loaded = logged = began

    def checkpoint() -> Checkpoint:
        split = {"train": store.names, "validation": validation.names}
        elapsed = before_s + time.monotonic() - began
        return Checkpoint(
            config=config,
            split=split,
            revision=revision,
            step=step,
            elapsed_s=elapsed,
            model=network.state_dict(),
            ema=average.state_dict(),
            optimizer=optimizer.state_dict(),
            scores=scores,
            parent=parent,
        )

    while True:
        now = time.monotonic()
        progress = (before_s + now - began) / (60 * plan.minutes)
        if progress >= 1:
            break
        if now - loaded > NEW_SAMPLES_EVERY_S:
            store.load(1)
            validation.load(VALIDATION_SAMPLES - len(validation.samples))
            loaded = now
        rate = learning_rate(config, step, progress)
        for group in optimizer.param_groups:
            group["lr"] = rate
        images, truth = store.batch(rng)
        network.train()
        with torch.autocast("cpu", torch.bfloat16):  # 2-3 times faster where the CPU has bf16
            logits = network(images)
        loss = segmentation_loss(logits, truth, config.class_weights)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 12.0)
        optimizer.step()
        step += 1
        update_average(average, network, config.ema, step)
        losses.append(float(loss.detach()))
        if step % LOG_EVERY == 0:
            _report(
                event="step",
                step=step,
                progress=round(progress, 4),
                loss=round(float(np.mean(losses)), 4),
                rate=round(rate, 6),
                step_s=round((time.monotonic() - logged) / LOG_EVERY, 3),
                samples=len(store.samples),
            )
            losses, logged = [], time.monotonic()
        if time.monotonic() - validated > 60 * plan.validate_minutes:
            scores = validate(average, validation.samples, config)
            _report(event="validation", step=step, **scores)
            validated = logged = time.monotonic()
        if time.monotonic() - saved > 60 * plan.save_minutes:
            save(checkpoint(), plan.out)
            saved = time.monotonic()
    scores = validate(average, validation.samples, config)
    last = checkpoint()
    save(last, plan.out)
    _report(event="done", step=step, elapsed_s=round(last.elapsed_s), **scores)
    return last


def _take_weights(network: nn.Module, run: Checkpoint) -> None:
    try:
        network.load_state_dict(run.ema)
    except RuntimeError as error:
        hint = "begin with a run of the same widths"
        raise ModelError("the weights to begin with are of another network", hint) from error


def _await_samples(store: Store, first: int) -> None:
    """Load what is there; wait up to an hour for the first samples of a growing pool."""
    deadline = time.monotonic() + 3600
    while len(store.samples) < first:
        if store.load(first - len(store.samples)) == 0:
            if time.monotonic() > deadline:
                raise SettingError("the pool has too few samples", "fill it: kidview-train synth")
            _report(event="waiting", samples=len(store.samples), first=first)
            time.sleep(10)


def _report(**row: object) -> None:
    print(json.dumps(row), flush=True)
