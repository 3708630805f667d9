from __future__ import annotations

import uuid

from django.db import models

from rooms.models import Room


class Chain(models.Model):
    """The tree of turns that grew from one message of a person, with what it may still use."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    turns_used = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)
