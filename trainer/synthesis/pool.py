"""Fills a pool: `kidview-train synth OUT --bank DIR --count N --seed S`.

A sample that is already there is skipped, so it can be stopped and started again. Sample k of
a pool is drawn from the seed (S, k) alone, whichever process draws it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import zlib
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Annotated
from zipfile import BadZipFile

import numpy as np
import torch
import typer

from kidview.core.errors import KidViewError, ReadError, SettingError, WriteError
from trainer.data.places import check_folder, make_folder
from trainer.data.pool import Pool, PoolItem
from trainer.synthesis.bank import Bank, load_bank
from trainer.synthesis.sample import draw_sample


def fill_pool(pool: Pool, bank: Bank, numbers: range, seed: int, held_back: bool) -> None:
    """Draw the samples of these numbers that are not there yet; one JSON line each.

    Parameters
    ----------
    held_back : bool
        Which part of the split the bank's shapes are; goes into each sample's meta.
    """
    for number in numbers:
        if pool.path_of(number).exists():
            continue
        begin = time.perf_counter()
        sample = draw_sample(np.random.default_rng((seed, number)), bank)
        meta = dict(sample.meta) | {"seed": [seed, number], "held_back": held_back}
        drawn = time.perf_counter()
        pool.write(number, PoolItem(sample.hu, sample.labels, sample.spacing_zyx, meta))
        print(
            json.dumps({
                "sample": number,
                "of": numbers.stop,
                "drawn_s": round(drawn - begin, 2),
                "written_s": round(time.perf_counter() - drawn, 2),
            }),
            flush=True,
        )  # fmt: skip


def open_bank(folder: Path, held_back: bool) -> Bank:
    """As `load_bank`; what is wrong with the folder is told with the verb that makes one.

    Raises
    ------
    ReadError
    """
    hint = "make it: kidview-train bank DATA BANK"
    try:
        return load_bank(folder, held_back)
    except KidViewError as error:
        what = "is empty" if folder.is_dir() else "is not there"
        raise ReadError(f"the bank {folder} {what}", hint) from error
    except (OSError, KeyError, ValueError, TypeError, EOFError, BadZipFile, zlib.error) as error:
        raise ReadError(f"a file of the bank {folder} is damaged", hint) from error


def check_pool(pool: Pool, seed: int, held_back: bool) -> None:
    """Look at one sample, where there are some: a pool has one seed and one side of the split.

    Raises
    ------
    SettingError
        It was drawn otherwise than asked for.
    BrokenFile
        It is damaged.
    WriteError
        The folder cannot be one.
    """
    check_folder(pool.folder)
    for path in pool.paths()[:1]:
        meta = pool.meta(path)
        if meta.get("held_back") is not held_back:
            is_held = "held-back" if meta.get("held_back") else "training"
            raise SettingError(f"{pool.folder} holds {is_held} samples", "choose another folder")
        drawn = meta.get("seed")
        if not isinstance(drawn, list) or drawn[:1] != [seed]:
            was = drawn[0] if isinstance(drawn, list) and drawn else "unknown"
            raise SettingError(
                f"{pool.folder} holds samples of seed {was}", "give that --seed or another folder"
            )


def run_synthesize(
    out: Annotated[Path, typer.Argument(help="the pool's folder")],
    bank: Annotated[Path, typer.Option(help="the bank's folder, made by: bank")],
    count: Annotated[int, typer.Option(min=1, help="samples the pool shall have")] = 300,
    start: Annotated[int, typer.Option(min=0, help="number of the first one")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="another seed gives another pool")] = 0,
    held_back: Annotated[bool, typer.Option(help="from held-back shapes, to validate")] = False,
    workers: Annotated[int, typer.Option(min=1, help="processes that draw")] = 1,
) -> None:
    """Draw training scans into a pool; can be stopped and started again.

    A pool has one seed and one side of the split; another one is refused. Its subfolder
    prepared, which training makes, holds samples resampled for a network and may be deleted.
    """
    torch.set_num_threads(1)
    pool = Pool(out)
    check_pool(pool, seed, held_back)
    shapes = open_bank(bank, held_back)
    make_folder(out)
    shares = [range(start + k, count, workers) for k in range(workers)]
    others = _begin_others(out, bank, shares[1:], seed, held_back)
    try:
        fill_pool(pool, shapes, shares[0], seed, held_back)
        for process in others:
            process.join()
    finally:
        _end(others, pool)
    if any(process.exitcode for process in others):
        raise WriteError("a process that drew samples ended early", "call synth again: it goes on")


def _begin_others(
    out: Path, bank: Path, shares: list[range], seed: int, held_back: bool
) -> list[SpawnProcess]:
    """Processes that draw, deaf to Ctrl+C from their birth: this one ends them."""
    others = [
        multiprocessing.get_context("spawn").Process(
            target=_draw_share, args=(out, bank, share, seed, held_back), daemon=True
        )
        for share in shares
    ]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what a child begins with
    try:
        for process in others:
            process.start()
    finally:
        signal.signal(signal.SIGINT, before)
    return others


def _end(others: list[SpawnProcess], pool: Pool) -> None:
    """End what still draws, and take away what it was writing."""
    for process in others:
        if process.is_alive():
            process.terminate()
            process.join()
        if process.pid is not None:
            pool.sweep(process.pid)


def _draw_share(out: Path, bank: Path, numbers: range, seed: int, held_back: bool) -> None:
    """What one of the other processes does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pool = Pool(out)
    threading.Thread(target=_end_with_parent, args=(pool,), daemon=True).start()
    torch.set_num_threads(1)
    try:
        fill_pool(pool, open_bank(bank, held_back), numbers, seed, held_back)
    except KidViewError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def _end_with_parent(pool: Pool) -> None:
    """Wait until the process that began this one is gone, even if it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        pool.sweep(os.getpid())
        os._exit(1)
