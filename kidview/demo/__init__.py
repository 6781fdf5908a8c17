"""A made-up abdomen: a CT with its true labels, from numbers alone, for trying the program."""

from kidview.demo.phantom import make_phantom

__all__ = ["make_phantom"]
