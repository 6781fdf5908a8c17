"""What is looked at before the first step: an earlier run in the folder, and the samples."""

from __future__ import annotations

import json
import time

from kidview.core.errors import SettingError
from trainer.config import Config
from trainer.data.places import check_folder
from trainer.training.checkpoint import FILE, Checkpoint, load
from trainer.training.plan import Plan
from trainer.training.run import Run, begin, begin_with, resume
from trainer.training.store import Source, Store

_POLL_S = 10.0


def find_last(config: Config, plan: Plan) -> Checkpoint | None:
    """The checkpoint to go on from; None for a run that begins.

    Raises
    ------
    SettingError
        There is a run and nobody asked to resume it, or it has another configuration.
    ModelError
        Its checkpoint is damaged.
    WriteError
        The folder cannot be one.
    """
    check_folder(plan.out)
    if not (plan.out / FILE).exists():
        return None
    if not plan.resume:
        raise SettingError(f"{plan.out} holds a run", "use --resume or another --out")
    last = load(plan.out)
    mine, theirs = config.to_dict(), last.config.to_dict()
    other = [name for name in mine if mine[name] != theirs[name]]
    if other:
        was, now = theirs[other[0]], mine[other[0]]
        raise SettingError(
            f"{plan.out} was begun with another configuration ({other[0]} {was}, not {now})",
            "go on with the configuration it has, or use another --out",
        )
    return last


def open_run(config: Config, plan: Plan, last: Checkpoint | None) -> Run:
    """The run at its last checkpoint, or at its beginning.

    Raises
    ------
    SettingError
    ModelError
        `plan.init` names no usable run of the same network.
    """
    if last is not None:
        return resume(last, plan.device)
    if plan.init is not None:
        return begin_with(config, plan.device, plan.init)
    return begin(config, plan.device)


def check_sides(pool: Source, held_back: Source, plan: Plan) -> None:
    """What can be said of both folders while they may still be growing.

    Raises
    ------
    SettingError
        They share samples, or one that does not grow has none.
    """
    shared = set(pool.names()) & set(held_back.names())
    if shared:
        raise SettingError(f"sample {min(shared)} is in both folders", "hold validation cases back")
    if plan.validation_samples and not held_back.may_grow and not held_back.names():
        raise no_validation(held_back)


def no_validation(held_back: Source) -> SettingError:
    """Nothing to validate on, told with what would help."""
    if not held_back.may_grow:
        hint = "the hash of a name decides: give --val more cases, or kidview-train synth's samples"
        return SettingError(f"no case of {held_back.place} is held back", hint)
    return SettingError(
        f"there are no held-back samples in {held_back.place}",
        "draw some: kidview-train synth --held-back",
    )


def await_samples(store: Store, plan: Plan) -> None:
    """Load what is there; wait for the first samples of a pool that is being filled.

    Raises
    ------
    SettingError
        They did not come in time, or come from where no more can come.
    """
    source, deadline = store.source, time.monotonic() + plan.wait_s
    while len(store.samples) < plan.first_samples:
        if store.load(plan.first_samples - len(store.samples)):
            continue
        count = f"{len(store.samples)} of {plan.first_samples}"
        if not source.may_grow:
            if store.samples:
                return  # all there will ever be
            raise SettingError(f"{source.place} has no case that may train", "give --pool more")
        if time.monotonic() > deadline:
            hint = "fill it: kidview-train synth, or lower --first-samples"
            raise SettingError(f"{source.place} has too few samples ({count})", hint)
        row = {"event": "waiting", "samples": len(store.samples), "first": plan.first_samples}
        row |= {"pool": str(source.place), "is_there": source.place.is_dir()}
        print(json.dumps(row), flush=True)
        time.sleep(min(_POLL_S, plan.wait_s))
