"""KidView: see, segment, correct and export kidney, renal tumour and renal cyst in CT."""

import os

__version__ = "0.1.0"

# onnxruntime 1.31 writes a device id into the user's folder and reports to its maker when its
# first session is made. Only the switch for its own tests prevents both; later versions know the
# other one. Set before anybody can import it: nothing of a hospital's machine leaves it here.
for _switch in ("ORT_TELEMETRY_DISABLED", "ORT_RUNNING_UNIT_TESTS"):
    os.environ.setdefault(_switch, "1")
