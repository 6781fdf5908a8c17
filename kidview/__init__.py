"""KidView: see, segment, correct and export kidney, renal tumour and renal cyst in CT."""

__version__ = "0.1.0"
