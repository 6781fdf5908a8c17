"""One training run, described by one frozen record that is kept beside the weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from kidview.core.clicks import CHANNELS
from kidview.core.errors import SettingError
from kidview.core.modelcard import Step
from kidview.core.types import Index, Triple


@dataclass(frozen=True)
class Config:
    """What a run does.

    Parameters
    ----------
    role : str
        "coarse" or "fine", the step of the cascade; "refine" corrects where somebody clicks.
    spacing_zyx : 3 floats, mm
        Grid the network works on; samples are resampled to it when they are loaded.
    tile_zyx : 3 ints
        Voxels of a patch; divisible by 2 for every level of the network but the first.
    widths : ints
        Channels per level of the network; its name is `network`.
    batch : int
    rate : float
        Highest learning rate; warmed up for `warm_steps`, then a half cosine to 0 over the
        time the run was given.
    whole : bool
        Patches may lie anywhere (coarse); otherwise they lie on and near kidneys (fine).
    lesion_share : float
        Fine only: share of the patches that lie about a tumour or cyst, where a sample has one.
    changed_share : float
        Share of the patches about a voxel that a person changed, where a sample tells of any.
    class_weights : 4 floats
        Of background, kidney, tumour, cyst in the cross-entropy.
    overlap, margin_mm : float
        Copied to the model card for inference.
    network : str
        Row of `trainer.networks.NETWORKS`.
    deep : int
        Coarser outputs of the network that are supervised too, where it has them.
    optimizer : str
        "adamw", or "sgd": nnU-Net's, Nesterov momentum 0.99 with a polynomial rate.
    """

    role: str
    spacing_zyx: Triple
    tile_zyx: Index
    widths: tuple[int, ...]
    batch: int
    whole: bool
    overlap: float
    margin_mm: float
    network: str = "unet"
    deep: int = 0
    optimizer: str = "adamw"
    rate: float = 2e-3
    warm_steps: int = 100
    weight_decay: float = 1e-2
    ema: float = 0.998
    lesion_share: float = 0.45
    changed_share: float = 0.0
    class_weights: tuple[float, float, float, float] = (1.0, 3.0, 6.0, 6.0)
    clip_hu: tuple[float, float] = (-125.0, 225.0)
    mean_hu: float = 50.0
    sd_hu: float = 75.0
    seed: int = 0

    @property
    def inputs(self) -> int:
        """Input channels: intensity, and for a refining network what is in `core.clicks`."""
        return CHANNELS if self.role == "refine" else 1

    def step(self, file: str = "", sha256: str = "") -> Step:
        """The row of the model card that belongs to this run."""
        return Step(
            role=self.role,
            file=file,
            sha256=sha256,
            spacing_zyx=self.spacing_zyx,
            clip_hu=self.clip_hu,
            mean_hu=self.mean_hu,
            sd_hu=self.sd_hu,
            tile_zyx=self.tile_zyx,
            overlap=self.overlap,
            margin_mm=self.margin_mm,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, table: dict[str, Any]) -> Config:
        """The inverse of `to_dict`; lists (from JSON) become tuples."""
        fields: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in table.items()
        }
        return cls(**fields)


CONFIGS = {
    "coarse": Config(
        role="coarse",
        spacing_zyx=(4.0, 4.0, 4.0),
        tile_zyx=(48, 80, 96),
        widths=(8, 16, 32, 64, 96),
        batch=1,
        whole=True,
        overlap=0.25,
        margin_mm=0.0,
    ),
    # Lesions have a hundredth of the voxels: see experiments 1, 2 and 7.
    "fine": Config(
        role="fine",
        spacing_zyx=(2.0, 2.0, 2.0),
        tile_zyx=(64, 48, 48),
        network="resenc",
        widths=(16, 32, 64, 128, 192),
        deep=2,
        batch=2,
        whole=False,
        overlap=0.25,
        margin_mm=20.0,
        lesion_share=0.6,
        class_weights=(1.0, 2.0, 6.0, 8.0),
    ),
    # For a graphics card; what it makes still runs on two cores: see experiment 9.
    "large": Config(
        role="fine",
        spacing_zyx=(1.5, 1.5, 1.5),
        tile_zyx=(80, 64, 64),
        network="resenc",
        widths=(32, 64, 128, 192, 256),
        deep=2,
        batch=16,
        whole=False,
        overlap=0.25,
        margin_mm=20.0,
        rate=1.5e-3,
        warm_steps=200,
        ema=0.999,
        lesion_share=0.6,
        class_weights=(1.0, 1.5, 3.0, 4.0),
    ),
    # One tile about a click, on a processor within a second: see experiment 15.
    "refine": Config(
        role="refine",
        spacing_zyx=(1.5, 1.5, 1.5),
        tile_zyx=(64, 64, 64),
        network="resenc",
        widths=(16, 32, 64, 128, 160),
        deep=2,
        batch=1,
        whole=False,
        overlap=0.0,
        margin_mm=0.0,
        rate=1e-3,
        lesion_share=0.7,
        class_weights=(1.0, 1.5, 3.0, 3.0),
    ),
    "coarse-large": Config(
        role="coarse",
        spacing_zyx=(4.0, 4.0, 4.0),
        tile_zyx=(48, 80, 96),
        widths=(12, 24, 48, 96, 144),
        batch=6,
        whole=True,
        overlap=0.25,
        margin_mm=0.0,
    ),
}


def find_config(name: str) -> Config:
    """The row of `CONFIGS` with that name.

    Raises
    ------
    SettingError
        No such row.
    """
    if name not in CONFIGS:
        raise SettingError(
            f"no training configuration '{name}'", f"use one of: {', '.join(CONFIGS)}"
        )
    return CONFIGS[name]
