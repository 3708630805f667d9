from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from llm.models.run import Run
from llm.models.turn import Turn
from rooms.models import Message, Participant, Room

LINE_CHARACTERS = 140


class Hand(models.Model):
    """That a persona would say something, with one line of what (docs/orchestration.md).

    It is up while it is raised, and while it is granted and still waits for its `turn`: in a run
    until the next boundary. At most one of a persona is raised. `message` is what it is about, which its
    turn answers. `run` is the one in which it was raised, or in which it waits.
    """

    class Source(models.TextChoices):
        TOOL = "tool", "The persona, or another one that asked it"
        ROUTER = "router", "The room's router"

    class State(models.TextChoices):
        RAISED = "raised", "Raised"
        GRANTED = "granted", "Granted"
        LOWERED = "lowered", "Lowered"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    line = models.CharField(max_length=LINE_CHARACTERS)
    source = models.CharField(max_length=6, choices=Source)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    raised_in = models.ForeignKey(
        Turn,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The turn in which it was raised, of this persona or of one that asked it.",
    )
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="hands")
    state = models.CharField(max_length=8, choices=State, default=State.RAISED)
    raised_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        Participant,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who granted or lowered it; nobody: it came by itself.",
    )
    turn = models.ForeignKey(
        Turn, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="What it became."
    )

    class Meta:
        ordering = ("raised_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["room", "participant"], condition=Q(state="raised"), name="one_raised_hand_a_persona"
            ),
        )
        indexes = (models.Index(fields=["state", "room"], name="hands_by_state"),)

    def __str__(self) -> str:
        return f"{self.participant_id} {self.state}"
