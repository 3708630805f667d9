"""What a worker meets whose turn is somebody else's by now."""

from __future__ import annotations


class Fenced(Exception):
    """The turn was ended, or taken, by somebody else: its worker must do nothing more."""
