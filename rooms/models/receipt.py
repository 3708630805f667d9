from __future__ import annotations

from django.db import models


class Receipt(models.Model):
    """That a command was done, and what was answered: stored in the command's own
    transaction, so that the same command sent again changes nothing.

    `actor` is the viewer's key (`rooms.viewers.Viewer.key`), so nobody can meet the
    receipt of somebody else; `digest` tells a repeat from another body under one id.
    """

    actor = models.CharField(max_length=48)
    command_id = models.UUIDField()
    digest = models.CharField(max_length=64)
    result = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["actor", "command_id"], name="one_receipt_a_command"),)

    def __str__(self) -> str:
        return f"{self.actor} {self.command_id}"
