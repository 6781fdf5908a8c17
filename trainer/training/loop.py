"""The training loop: load, draw, step, average, validate, save, until the time is over.

The learning rate follows the clock over the minutes given, so that a run always ends cooled
down, however fast the machine was. One JSON line per report on stdout, and a row in the run's
``curves.csv``.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

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
from trainer.training.run import Run, begin, begin_with, resume
from trainer.training.store import Source, Store

_NEW_SAMPLES, _NEW_SAMPLES_EVERY_S = 4, 1.0  # taken in so many that often while training
_FULL = "can't allocate memory"  # the words of torch's allocator on a CPU
_LOOK_EVERY = 50  # steps on a card between looks at the loss
_LARGEST_GRADIENT = 12.0  # norm; nnU-Net's


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
        Go on from the checkpoint in `out`, where there is one.
    init : Path, optional
        Folder of a run of the same network whose averaged weights this one begins with.
    device : str
        "auto", "cpu" or "cuda".
    sitting_minutes : float, optional
        End this sitting after that long, with a checkpoint to resume from.
    validate_minutes, save_minutes, report_s : float
        How often.
    first_samples : int
        Samples awaited before the first step.
    validation_samples : int
        How many of the held-back samples are scored; 0 where there can be none.
    replay_share : float
        Share of the patches that come from the replayed samples, where there are any.
    wait_s : float
        How long a pool may stay short of its first samples.
    """

    out: Path
    minutes: float
    resume: bool = False
    init: Path | None = None
    device: str = "auto"
    sitting_minutes: float | None = None
    validate_minutes: float = 8.0
    save_minutes: float = 3.0
    report_s: float = 20.0
    first_samples: int = 20
    validation_samples: int = 16
    replay_share: float = 0.5
    wait_s: float = 3600.0


class Clock:
    """Time of a run over all its sittings.

    Parameters
    ----------
    before_s : float
        Of earlier sittings.
    minutes : float
        Of the whole run.
    """

    def __init__(self, before_s: float, minutes: float) -> None:
        self._before_s = before_s
        self._whole_s = 60 * minutes
        self._began = time.monotonic()
        self._last: dict[str, float] = {}

    @property
    def elapsed_s(self) -> float:
        """Since the run began, times between sittings left out."""
        return self._before_s + time.monotonic() - self._began

    @property
    def progress(self) -> float:
        """Share of the time gone, 0 to 1 and beyond."""
        return self.elapsed_s / self._whole_s

    @property
    def sitting_s(self) -> float:
        """Since this sitting began."""
        return time.monotonic() - self._began

    @property
    def left_s(self) -> float:
        """Until the end of the run."""
        return max(self._whole_s - self.elapsed_s, 0.0)

    def is_due(self, what: str, every_s: float) -> bool:
        """Whether that long has passed since this last was due (or since the beginning)."""
        now = time.monotonic()
        if now - self._last.get(what, self._began) < every_s:
            return False
        self._last[what] = now
        return True


def validate(network: nn.Module, samples: list[Sample], config: Config) -> dict[str, float]:
    """Mean Dice of the evaluation classes over held-back samples.

    Coarse networks see whole samples, fine ones the box about each kidney. Samples without
    tumour (or mass) are left out of the means of tumour (mass), which false alarms would
    otherwise turn into a count of zeros.
    """
    rows: dict[str, list[float]] = {name: [] for name in HECS}
    for sample in samples:
        hu, labels = sample.hu.cpu().numpy(), sample.labels.cpu().numpy()
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
        `held_back` and `pool` share samples, there are none, the loss is no number, or the
        memory does not hold a step.
    ModelError
        `plan.resume` with a damaged checkpoint, `plan.init` without one.
    """
    shared = set(pool.names()) & set(held_back.names())
    if shared:
        raise SettingError(f"sample {min(shared)} is in both folders", "hold validation cases back")
    run = _begin(config, plan)
    store = Store(pool, run.config, run.device)
    old = Store(replay, run.config, run.device) if replay is not None else None
    validation = Store(held_back, run.config)
    for each in (store, old):
        if each is not None:
            _await_samples(each, plan)
    if plan.validation_samples and not validation.load(plan.validation_samples):
        raise SettingError("there are no held-back samples", "kidview-train synth --held-back")
    rng = np.random.default_rng((run.config.seed, run.step))
    clock, losses = Clock(run.elapsed_s, plan.minutes), _Losses()
    sitting_s = 60 * (plan.sitting_minutes or plan.minutes)
    while (progress := clock.progress) < 1 and clock.sitting_s < sitting_s:
        if clock.is_due("samples", _NEW_SAMPLES_EVERY_S):
            for growing in (store, old):
                if growing is not None:
                    growing.grow(_NEW_SAMPLES)
            if len(validation.samples) < plan.validation_samples:
                validation.grow(plan.validation_samples - len(validation.samples))
        rate = run.set_rate(progress)
        losses.add(_step(run, *store.batch(rng, old, plan.replay_share)), run.step)
        if clock.is_due("report", plan.report_s):
            row = {"rate": round(rate, 6), "samples": len(store.samples)}
            _report(run, clock, plan, "step", **losses.summary(), **row)
        if clock.is_due("validation", 60 * plan.validate_minutes):
            losses.check(run.step)
            _validate(run, validation, clock, plan, "validation")
        if clock.is_due("save", 60 * plan.save_minutes):
            losses.check(run.step)
            save(run.snapshot(clock.elapsed_s, _split(store, validation)), plan.out)
    losses.check(run.step)
    if progress >= 1:
        _validate(run, validation, clock, plan, "done")
    last = run.snapshot(clock.elapsed_s, _split(store, validation))
    save(last, plan.out)
    return last


def _begin(config: Config, plan: Plan) -> Run:
    if plan.resume and (plan.out / FILE).exists():
        return resume(plan.out, plan.device)
    (plan.out / curves.FILE).unlink(missing_ok=True)
    if plan.init is not None:
        return begin_with(config, plan.device, plan.init)
    return begin(config, plan.device)


def _split(store: Store, validation: Store) -> dict[str, list[str]]:
    return {"train": store.names, "validation": validation.names}


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


def _await_samples(store: Store, plan: Plan) -> None:
    """Load what is there; wait for the first samples of a pool that is being filled."""
    deadline = time.monotonic() + plan.wait_s
    while len(store.samples) < plan.first_samples:
        if store.load(plan.first_samples - len(store.samples)) == 0:
            if time.monotonic() > deadline:
                raise SettingError("the pool has too few samples", "fill it: kidview-train synth")
            row = {"samples": len(store.samples), "first": plan.first_samples}
            print(json.dumps({"event": "waiting"} | row), flush=True)
            time.sleep(min(10.0, plan.wait_s))


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
