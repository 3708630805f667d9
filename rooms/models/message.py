from __future__ import annotations

import uuid

from django.db import models

from rooms.models.participant import Participant
from rooms.models.room import Room


class Message(models.Model):
    """`seq` is the number of the event that created it: its place in the room.

    It is null only between the insert and the append of one transaction. While the
    message streams, `text` is the last checkpoint and `index` its delta; the text so far
    is in Redis (`rooms.livetext`). `fence` names the one writer that may go on with it.
    `turn_id` names a turn of an upper app and is no foreign key for that reason.
    """

    class State(models.TextChoices):
        COMPLETE = "complete", "Complete"
        STREAMING = "streaming", "Streaming"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Failed"

    class Kind(models.TextChoices):
        CHAT = "chat", "Chat"
        NOTICE = "notice", "Notice"
        POLL = "poll", "Poll"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="messages")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="messages")
    seq = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.CHAT)
    text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.COMPLETE)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    reply_to = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replies"
    )
    is_quiet = models.BooleanField(default=False, help_text="Posted without waking anyone.")
    turn_id = models.UUIDField(null=True, blank=True, unique=True)
    command_id = models.UUIDField(null=True, blank=True)
    fence = models.IntegerField(default=0)
    index = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("seq",)
        constraints = (models.UniqueConstraint(fields=["room", "seq"], name="one_place_in_a_room"),)

    def __str__(self) -> str:
        return f"{self.participant_id} {self.seq}"
