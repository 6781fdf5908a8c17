"""The training loop: load, draw, step, average, validate, save, until the time is over.

The learning rate follows the clock over the minutes given (or the steps, where their number is
given), so that a run always ends cooled down, however fast the machine was. One JSON line per
report on stdout, and a row in the run's ``curves.csv``.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from kidview.core.errors import SettingError
from kidview.core.prepare import normalise
from kidview.core.types import HUArray, LabelArray
from trainer.config import Config
from trainer.evaluation.scores import HECS, dice, select
from trainer.evaluation.window import kidney_boxes, predict
from trainer.training import curves
from trainer.training.checkpoint import FILE, Checkpoint, save
from trainer.training.losses import deep_loss
from trainer.training.patches import Sample
from trainer.training.plan import Clock, Plan
from trainer.training.refining import after_clicks
from trainer.training.run import Run
from trainer.training.start import await_samples, check_sides, find_last, no_validation, open_run
from trainer.training.store import Source, Store
from trainer.training.unbroken import unbroken

__all__ = ["Plan", "train", "validate"]

_NEW_SAMPLES, _NEW_SAMPLES_EVERY_S = 4, 1.0  # taken in so many that often while training
_FULL = "can't allocate memory"  # the words of torch's allocator on a CPU
_LOOK_EVERY = 50  # steps on a card between looks at the loss
_LARGEST_GRADIENT = 12.0  # norm; nnU-Net's


def validate(network: nn.Module, samples: list[Sample], config: Config) -> dict[str, float]:
    """Mean Dice of the evaluation classes over held-back samples.

    Coarse networks see whole samples, fine ones the box about each kidney, refining ones a tile
    with three clicks. Samples without tumour (or mass) are left out of the means of tumour
    (mass), which false alarms would otherwise turn into a count of zeros.
    """
    rows: dict[str, list[float]] = {name: [] for name in HECS}
    for sample in samples:
        hu, labels = sample.hu.cpu().numpy(), sample.labels.cpu().numpy()
        if config.role == "refine":
            found, labels = after_clicks(network, hu, labels, config)
        else:
            found = _find(network, hu, labels, config)
        for name, members in HECS.items():
            truth = select(labels, members)
            if truth.any():
                rows[name].append(dice(select(found, members), truth))
    return {name: round(float(np.mean(row)), 4) for name, row in rows.items() if row}


def _find(network: nn.Module, hu: HUArray, labels: LabelArray, config: Config) -> LabelArray:
    image = normalise(hu, config.step())
    if config.whole:
        return predict(network, image, config.tile_zyx, config.overlap)
    z, y, x = (round(config.margin_mm / s) for s in config.spacing_zyx)
    found = np.zeros_like(labels)
    for box in kidney_boxes(labels, (z, y, x)):
        part = predict(network, image[box.slices], config.tile_zyx, config.overlap)
        found[box.slices] = np.maximum(found[box.slices], part)
    return found


def train(
    config: Config, pool: Source, held_back: Source, plan: Plan, replay: Source | None = None
) -> Checkpoint:
    """Run (or go on with) a training; returns its last checkpoint.

    Parameters
    ----------
    config : Config
    pool, held_back : Source
        Samples that train, and samples that are scored now and then.
    plan : Plan
    replay : Source, optional
        Samples of what the network learned before, mixed in so that it is not forgotten.

    Raises
    ------
    SettingError
        `held_back` and `pool` share samples, there are none, the loss is no number, the memory
        does not hold a step, or the folder holds a run that may not be gone on with.
    ModelError
        `plan.resume` with a damaged checkpoint, `plan.init` without one.
    KeyboardInterrupt
        Ctrl+C; the steps of this sitting were saved.
    BrokenPipeError
        Nobody reads the reports any more; the steps were saved likewise.
    """
    check_sides(pool, held_back, plan)
    last = find_last(config, plan)
    if last is not None and last.elapsed_s >= 60 * plan.minutes:
        return _tell_finished(last, plan)
    run = open_run(config, plan, last)
    stores = _Stores(
        Store(pool, run.config, run.device),
        Store(held_back, run.config),
        Store(replay, run.config, run.device) if replay is not None else None,
    )
    for each in stores.growing:
        await_samples(each, plan)
    if plan.validation_samples and not stores.validation.load(plan.validation_samples):
        raise no_validation(held_back)
    if last is None:
        curves.start(plan.out)
    clock = Clock(run.elapsed_s, plan.minutes)
    begun_at = run.step
    try:
        return _work(run, stores, clock, plan)
    except (KeyboardInterrupt, BrokenPipeError):  # stopped, or whoever listened was ended
        if run.step > begun_at:
            _save(run, stores, clock, plan)
            with suppress(BrokenPipeError):
                _report(run, clock, plan, "stopped", checkpoint=str(plan.out / FILE))
        raise


@dataclass(frozen=True)
class _Stores:
    """Samples that train, samples that validate, and samples that are replayed."""

    train: Store
    validation: Store
    replay: Store | None

    @property
    def growing(self) -> list[Store]:
        """Those that train."""
        return [each for each in (self.train, self.replay) if each is not None]


def _work(run: Run, stores: _Stores, clock: Clock, plan: Plan) -> Checkpoint:
    """Step until the time of the run, or of the sitting, is over."""
    rng, losses = np.random.default_rng((run.config.seed, run.step)), _Losses()
    sitting_s = 60 * (plan.sitting_minutes or plan.minutes)
    while (progress := plan.done(run.step, clock)) < 1 and clock.sitting_s < sitting_s:
        if clock.is_due("samples", _NEW_SAMPLES_EVERY_S):
            for growing in stores.growing:
                growing.grow(_NEW_SAMPLES)
            if len(stores.validation.samples) < plan.validation_samples:
                stores.validation.grow(plan.validation_samples - len(stores.validation.samples))
        rate = run.set_rate(progress)
        batch = stores.train.batch(rng, stores.replay, plan.replay_share)
        with unbroken():
            losses.add(_step(run, *batch), run.step)
        if clock.is_due("report", plan.report_s):
            row = {"rate": round(rate, 6), "samples": len(stores.train.samples)}
            _report(run, clock, plan, "step", **losses.summary(), **row)
        if clock.is_due("validation", 60 * plan.validate_minutes):
            losses.check(run.step)
            _validate(run, stores.validation, clock, plan, "validation")
        if clock.is_due("save", 60 * plan.save_minutes):
            losses.check(run.step)
            _save(run, stores, clock, plan)
    losses.check(run.step)
    if progress >= 1:
        _validate(run, stores.validation, clock, plan, "done")
    last = _save(run, stores, clock, plan, is_done=progress >= 1)
    if progress < 1:
        _report(run, clock, plan, "sitting over", checkpoint=str(plan.out / FILE))
    return last


def _save(run: Run, stores: _Stores, clock: Clock, plan: Plan, is_done: bool = False) -> Checkpoint:
    split = {"train": stores.train.names, "validation": stores.validation.names}
    # A run whose minutes are over counts as finished, which it is not before its last validation.
    most_s = float("inf") if is_done else 60 * plan.minutes - 0.01
    last = run.snapshot(min(clock.elapsed_s, most_s), split)
    with unbroken():
        save(last, plan.out)
    return last


def _tell_finished(last: Checkpoint, plan: Plan) -> Checkpoint:
    row = {
        "event": "finished already",
        "step": last.step,
        "minutes": round(last.elapsed_s / 60, 1),
        "checkpoint": str(plan.out / FILE),
        "hint": "nothing was changed; it goes on with more --minutes",
    }
    print(json.dumps(row), flush=True)
    return last


class _Losses:
    """Losses since the last report, on their device: to read one makes a card wait for itself."""

    def __init__(self) -> None:
        self._values: list[Tensor] = []
        self._since = time.monotonic()

    def add(self, loss: Tensor, step: int) -> None:
        """Note a step's loss; on a CPU, and every 50 steps on a card, look whether it is one."""
        self._values.append(loss)
        if loss.device.type == "cpu" or len(self._values) % _LOOK_EVERY == 0:
            self.check(step)

    def check(self, step: int) -> None:
        """Raise SettingError where the last loss is no number."""
        if self._values and not bool(self._values[-1].isfinite()):
            raise SettingError(
                f"the loss is no longer a number at step {step}",
                "go on from the last checkpoint with a lower rate",
            )

    def summary(self) -> dict[str, float]:
        """Mean loss and seconds a step since the last call."""
        now, count = time.monotonic(), max(len(self._values), 1)
        mean = float(torch.stack(self._values).mean()) if self._values else float("nan")
        row = {"loss": round(mean, 4), "step_s": round((now - self._since) / count, 4)}
        self._values, self._since = [], now
        return row


def _step(run: Run, images: Tensor, truth: Tensor) -> Tensor:
    """One step of the optimiser; returns the loss."""
    run.network.train()
    try:
        # 2 to 3 times faster than float32 where the processor has bfloat16.
        with torch.autocast(run.device.type, torch.bfloat16):
            outputs = run.network(images)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        loss = deep_loss(outputs, truth, run.weights)
        run.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
    except RuntimeError as error:  # torch has a class of its own for cards only
        if not (isinstance(error, torch.OutOfMemoryError) or _FULL in str(error)):
            raise
        size = "x".join(str(n) for n in run.config.tile_zyx)
        raise SettingError(
            f"not enough memory for {run.config.batch} patches of {size} on {run.device}",
            "choose a smaller batch or tile in trainer/config.py",
        ) from error
    nn.utils.clip_grad_norm_(run.network.parameters(), _LARGEST_GRADIENT)
    run.optimizer.step()
    run.step += 1
    run.update_average()
    return loss.detach()


def _validate(run: Run, validation: Store, clock: Clock, plan: Plan, event: str) -> None:
    """Score the averaged weights; without held-back samples there is nothing to report but time."""
    run.scores = validate(run.average, validation.samples, run.config)
    _report(run, clock, plan, event, **run.scores)
    curves.draw_figure(plan.out)


def _report(run: Run, clock: Clock, plan: Plan, event: str, **values: object) -> None:
    row = {
        "event": event,
        "step": run.step,
        "elapsed_s": round(clock.elapsed_s, 1),
        "left_min": round(clock.left_s / 60, 1),
        **values,
    }
    print(json.dumps(row), flush=True)
    curves.add_row(plan.out, row)
