"""LAYOUTS: one row a layout. A new one is a file beside this one and a row here."""

from kidview.cases.layouts import bundle, kits23, nnunet
from kidview.cases.layouts.layout import Imported, Layout, Telling

LAYOUTS = (kits23.LAYOUT, nnunet.LAYOUT, bundle.LAYOUT)

__all__ = ["LAYOUTS", "Imported", "Layout", "Telling"]
