"""What the network proposes: the only room with onnxruntime and OpenVINO."""

from kidview.segment.devices import DEVICES, offered_devices
from kidview.segment.proposal import Proposal
from kidview.segment.refiner import Refiner
from kidview.segment.segmenter import DEFAULT_MODEL, Segmenter, list_models

__all__ = [
    "DEFAULT_MODEL",
    "DEVICES",
    "Proposal",
    "Refiner",
    "Segmenter",
    "list_models",
    "offered_devices",
]
