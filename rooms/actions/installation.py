from __future__ import annotations

import uuid

from rooms.models import Installation


def ensure_installation() -> Installation:
    """The installation's row, made at the first start."""
    installation, _ = Installation.objects.get_or_create(pk=1)
    return installation


def renew_epoch() -> uuid.UUID:
    """After a restore from a copy: what clients remember by number is another history now."""
    epoch = uuid.uuid4()
    ensure_installation()
    Installation.objects.filter(pk=1).update(epoch=epoch)
    return epoch
