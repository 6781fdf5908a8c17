"""Fills a pool: `kidview-train synth OUT --bank DIR --count N --seed S`.

A sample that is already there is skipped, so it can be stopped and started again. Sample k of
a pool is drawn from the seed (S, k) alone, whichever process draws it.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

from kidview.core.errors import WriteError
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


def run_synthesize(
    out: Annotated[Path, typer.Argument(help="the pool's folder")],
    bank: Annotated[Path, typer.Option(help="the bank's folder, made by: bank")],
    count: Annotated[int, typer.Option(help="samples the pool shall have")] = 300,
    start: Annotated[int, typer.Option(help="number of the first one")] = 0,
    seed: Annotated[int, typer.Option(help="another seed gives another pool")] = 0,
    held_back: Annotated[bool, typer.Option(help="from held-back shapes, to validate")] = False,
    workers: Annotated[int, typer.Option(min=1, help="processes that draw")] = 1,
) -> None:
    """Draw training scans into a pool; can be stopped and started again."""
    shares = [range(start + k, count, workers) for k in range(workers)]
    others = [
        multiprocessing.get_context("spawn").Process(
            target=_draw_share, args=(out, bank, share, seed, held_back)
        )
        for share in shares[1:]
    ]
    for process in others:
        process.start()
    _draw_share(out, bank, shares[0], seed, held_back)
    for process in others:
        process.join()
    if any(process.exitcode for process in others):
        raise WriteError("a process that drew samples ended early", "call synth again: it goes on")


def _draw_share(out: Path, bank: Path, numbers: range, seed: int, held_back: bool) -> None:
    torch.set_num_threads(1)
    fill_pool(Pool(out), load_bank(bank, held_back), numbers, seed, held_back)
