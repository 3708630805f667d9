from __future__ import annotations

import uuid

from django.db import models


class Installation(models.Model):
    """One row. `epoch` is changed by a restore from a copy, never by a restart: a client
    that remembers event numbers of another epoch must forget them."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    epoch = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="installation_is_one_row"),)

    def __str__(self) -> str:
        return str(self.epoch)
