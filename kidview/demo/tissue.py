"""Hounsfield units of the made-up patient, late corticomedullary phase (45-60 s).

Sources: cortex and medulla between the corticomedullary and the nephrographic phase, after
the enhancement curves of PMID 17367973; clear cell tumours after PolJRadiol 2017;82:384;
simple cysts after the Bosniak classification (-9 to 20 HU, version 2019, Radiology
292:475-488); the rest are the usual portal venous values of textbooks, rounded.
"""

from __future__ import annotations

AIR = -1000.0
LUNG = -840.0
GAS = -960.0
FAT = -104.0
SKIN = 25.0
MUSCLE = 61.0
FASCIA = 5.0

CORTEX = 176.0
MEDULLA = 112.0
URINE = 9.0
TUMOUR = 108.0
TUMOUR_RIM = 132.0
NECROSIS = 34.0
CYST = 8.0

AORTA = 222.0
ARTERY = 212.0
CAVA_LOW = 105.0
CAVA_HIGH = 150.0
RENAL_VEIN = 178.0
PORTAL = 165.0
HEPATIC_VEIN = 132.0

LIVER = 96.0
SPLEEN = 116.0
PANCREAS = 94.0
ADRENAL = 80.0
BILE = 9.0
BOWEL_WALL = 84.0
BOWEL_FLUID = 22.0
STOOL = 28.0
BLOOD_IN_HEART = 190.0
MYOCARDIUM = 112.0

CORTICAL_BONE = 680.0
TRABECULAR_BONE = 182.0
DISC = 88.0
CARTILAGE = 110.0
THECAL_SAC = 30.0
