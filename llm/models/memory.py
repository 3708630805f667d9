from __future__ import annotations

import uuid

from django.db import models

from rooms.models import Participant, Room


class RoomMemory(models.Model):
    """The compaction of a room, one worker at a time.

    `looked_seq` is the event number up to which it was looked whether there is something to do. A claim
    raises `fence`; `lease_until` is by the database's clock, and whoever lets it run out is fenced off.
    `due_at`: not again before.
    """

    room = models.OneToOneField(Room, on_delete=models.CASCADE, primary_key=True, related_name="+")
    looked_seq = models.BigIntegerField(default=0)
    fence = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.room_id)


class Chunk(models.Model):
    """A fixed range of a room's messages, summarised once and never again.

    `lines` are those of `llm.memory.lines.Line` as JSON. `model` is blank where no model wrote them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    lines = models.JSONField()
    model = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("first_seq",)
        constraints = (models.UniqueConstraint(fields=["room", "first_seq"], name="one_chunk_a_range"),)

    def __str__(self) -> str:
        return f"{self.room_id} {self.first_seq}-{self.last_seq}"


class Checkpoint(models.Model):
    """What a room remembers of its messages up to `upto_seq`, as one version of it: never changed, and
    replaced by the next. Made from the chunks and what people corrected."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    upto_seq = models.BigIntegerField(default=0)
    lines = models.JSONField()
    model = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("version",)
        constraints = (models.UniqueConstraint(fields=["room", "version"], name="one_checkpoint_a_version"),)

    def __str__(self) -> str:
        return f"{self.room_id} {self.version}"


class Correction(models.Model):
    """What a person had the room remember otherwise: the line is added, edited or removed. The last one of a
    line counts, and every later checkpoint heeds it."""

    class Action(models.TextChoices):
        ADD = "add", "Added"
        EDIT = "edit", "Edited"
        REMOVE = "remove", "Removed"

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    line_id = models.UUIDField()
    action = models.CharField(max_length=6, choices=Action)
    text = models.TextField(blank=True)
    cites = models.JSONField(default=list)
    by = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["room", "id"], name="corrections_of_room"),)

    def __str__(self) -> str:
        return f"{self.room_id} {self.line_id} {self.action}"


class TokenFactor(models.Model):
    """How much more a model's provider counts than `llm.memory.tokens` estimates, learnt from usage."""

    model = models.CharField(max_length=200, primary_key=True)
    factor = models.FloatField(default=1.0)
    samples = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.model} {self.factor:.2f}"
