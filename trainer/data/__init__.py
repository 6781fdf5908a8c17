"""Training samples on disk: what was synthesised, how it is split and loaded."""

from trainer.data.pool import Pool, PoolItem
from trainer.data.split import is_held_back

__all__ = ["Pool", "PoolItem", "is_held_back"]
