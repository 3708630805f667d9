from __future__ import annotations

from django.db import models

from rooms.models.room import Room


class Event(models.Model):
    """A numbered entry in a room's log: written by `rooms.eventlog` alone, never changed."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    seq = models.BigIntegerField()
    type = models.CharField(max_length=40)
    data = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=["room", "seq"], name="one_event_a_number"),)

    def __str__(self) -> str:
        return f"{self.room_id} {self.seq} {self.type}"
