"""Who takes part in a comparison: one row a network."""

from __future__ import annotations

from dataclasses import replace

from trainer.config import CONFIGS, Config

# 3 mm: the kidney's lesions above a centimetre are there, and a minute shows a network three
# times as many patches as at 2 mm.
_SAME = replace(
    CONFIGS["fine"],
    spacing_zyx=(3.0, 3.0, 3.0),
    tile_zyx=(64, 64, 64),
    batch=1,
    deep=0,
)

ENTRIES: dict[str, Config] = {
    "2D U-Net": replace(_SAME, network="unet_2d", widths=(16, 32, 64, 128, 192)),
    "2D U-Net, ResNet-34": replace(_SAME, network="resnet34_unet", widths=(32, 32, 64, 128, 256)),
    "3D U-Net": replace(_SAME, network="unet", widths=(16, 32, 48, 80, 96)),
    "ResEnc U-Net": replace(_SAME, network="resenc", widths=(16, 32, 64, 128, 192), deep=2),
    "SegResNet": replace(_SAME, network="segresnet", widths=(16, 32, 64, 128), deep=2),
    # nnU-Net's own recipe; only patch, grid and batch are those of the others.
    "nnU-Net": replace(
        _SAME,
        network="nnunet",
        widths=(32, 64, 128, 256, 320),
        deep=3,
        optimizer="sgd",
        rate=1e-2,
        weight_decay=3e-5,
        warm_steps=1,
        lesion_share=0.33,
        class_weights=(1.0, 1.0, 1.0, 1.0),
    ),
}
