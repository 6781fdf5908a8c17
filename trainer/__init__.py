"""Makes training scans, trains the networks and writes them as models for KidView.

The only package with torch. It meets `kidview` in files: cases one way, models the other.
"""
