from __future__ import annotations

from rooms.models import Installation


def ensure_installation() -> Installation:
    """The installation's row, made at the first start."""
    installation, _ = Installation.objects.get_or_create(pk=1)
    return installation
