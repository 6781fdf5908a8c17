"""What the network proposes: the only room with onnxruntime."""

from kidview.segment.proposal import Proposal
from kidview.segment.segmenter import DEFAULT_MODEL, DEVICES, Segmenter, list_models

__all__ = ["DEFAULT_MODEL", "DEVICES", "Proposal", "Segmenter", "list_models"]
