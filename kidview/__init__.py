"""KidView: see, segment, correct and export kidney, renal tumour and renal cyst in CT."""

import os

__version__ = "0.1.0"

# Putting a scan on the network's grid is the one large matrix product here. OpenBLAS's threads
# wait for each other, spinning, when another program has a core: one takes 0.05 s longer on quiet
# cores and a third of the time on busy ones (docs/benchmarks.md). numpy reads it when imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# onnxruntime 1.31 writes a device id into the user's folder and reports to its maker when its
# first session is made. Only the switch for its own tests prevents both; later versions know the
# other one. Set before anybody can import it: nothing of a hospital's machine leaves it here.
for _switch in ("ORT_TELEMETRY_DISABLED", "ORT_RUNNING_UNIT_TESTS"):
    os.environ.setdefault(_switch, "1")
