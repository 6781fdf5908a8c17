"""Training scans drawn at random: parameters first, then the scan."""

from trainer.synthesis.bank import Bank, load_bank
from trainer.synthesis.sample import Sample, draw_sample

__all__ = ["Bank", "Sample", "draw_sample", "load_bank"]
