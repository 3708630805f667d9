from __future__ import annotations

from django.db import models

from rooms.models import Room


class DispatchCursor(models.Model):
    """The event number of a room up to which it was decided who is woken."""

    room = models.OneToOneField(
        Room, on_delete=models.CASCADE, primary_key=True, related_name="dispatch_cursor"
    )
    seq = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.room_id} {self.seq}"
