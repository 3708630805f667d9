from __future__ import annotations

from django.db import models

from llm.models.turn import Turn
from rooms.models import Message, Participant


class NextStep(models.Model):
    """A persona that a message asks to speak after others: "@Ada …, then hand over to @Bo".

    Kept so that a crash loses nothing. It waits for the turns of the personas `after` that
    `awaited` triggers, and is then woken by the last reply of theirs, or not at all. `round`
    is its place in the chain, from 1. Dropped ones keep why, and wait again when what
    failed is asked for again.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        CALLED = "called", "Called"
        DROPPED = "dropped", "Not handed over"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="next_steps")
    awaited = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+", null=True)
    round = models.PositiveSmallIntegerField()
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    after = models.JSONField(default=list)
    task = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("message_id", "round", "id")
        constraints = (
            models.UniqueConstraint(fields=["message", "round", "participant"], name="one_step_a_round"),
        )

    def __str__(self) -> str:
        return f"{self.message_id} {self.round} {self.state}"
