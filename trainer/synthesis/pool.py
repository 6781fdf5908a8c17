"""Fills a pool: `python -m trainer.synthesis.pool OUT_DIR --bank DIR --count N --seed S`.

One process; a sample that is already there is skipped, so it can be stopped and started again.
Sample k of a pool is drawn from the seed (S, k) alone.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch

from trainer.data.pool import Pool, PoolItem
from trainer.synthesis.bank import Bank, load_bank
from trainer.synthesis.sample import draw_sample


def fill_pool(
    pool: Pool, bank: Bank, count: int, seed: int, held_back: bool, start: int = 0
) -> None:
    """Draw the samples `start` to `count` - 1 that are not there yet; one JSON line each.

    Parameters
    ----------
    held_back : bool
        Which part of the split the bank's shapes are; goes into each sample's meta.
    """
    for number in range(start, count):
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
                "of": count,
                "drawn_s": round(drawn - begin, 2),
                "written_s": round(time.perf_counter() - drawn, 2),
            }),
            flush=True,
        )  # fmt: skip


def main() -> None:
    """Fill a pool from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the pool's folder")
    parser.add_argument("--bank", type=Path, required=True, help="as prepare_bank wrote it")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--held-back", action="store_true", help="from held-back shapes only")
    args = parser.parse_args()
    torch.set_num_threads(1)
    bank = load_bank(args.bank, args.held_back)
    fill_pool(Pool(args.out), bank, args.count, args.seed, args.held_back, args.start)


if __name__ == "__main__":
    main()
