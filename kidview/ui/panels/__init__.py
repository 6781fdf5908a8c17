"""Sections of the right panel."""
