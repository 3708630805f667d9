from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from llm.models.chain import Chain
from rooms.models import Message, Participant, Room


class Run(models.Model):
    """A series of turns that a mode orchestrates (docs/orchestration.md).

    What it came to so far is in its turns alone: who is next is decided from them again at every
    boundary, while this row is locked (`llm.runs.driver`). `cast` are ids of participants in their
    order, `offices` maps an office to one. `seconds` is how long it was on until `counted_from`, null
    where it is not. `end_code` is a `FinishReason`.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="runs")
    chain = models.OneToOneField(Chain, on_delete=models.CASCADE, related_name="run")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, related_name="+", help_text="What is to be thought about."
    )
    started_by = models.ForeignKey(Participant, on_delete=models.SET_NULL, null=True, related_name="+")
    mode = models.CharField(max_length=20)
    goal = models.TextField()
    cast = models.JSONField(default=list)
    offices = models.JSONField(default=dict, blank=True)
    rounds = models.PositiveSmallIntegerField(default=2)
    quorum = models.FloatField(default=2 / 3)
    choices = models.JSONField(default=list, blank=True)
    stop = models.JSONField(help_text="Its stop conditions, limits included: llm.orchestration.conditions.")
    max_turns = models.PositiveSmallIntegerField()
    max_usd = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    phase = models.CharField(max_length=20, blank=True)
    round = models.PositiveSmallIntegerField(default=0)
    question = models.TextField(blank=True, help_text="What people have to decide before it goes on.")
    options = models.JSONField(default=list, blank=True)
    end_code = models.CharField(max_length=20, blank=True)
    end_message = models.CharField(max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=0, help_text="Raised with every event about it.")
    seconds = models.FloatField(default=0)
    counted_from = models.DateTimeField(null=True, blank=True)
    held_from = models.DateTimeField(
        null=True, blank=True, help_text="Since when somebody who types has the floor."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["room"], condition=Q(state__in=("running", "paused")), name="one_live_run_a_room"
            ),
        )
        indexes = (models.Index(fields=["state"], name="runs_by_state"),)

    def __str__(self) -> str:
        return f"{self.mode} {self.state}"


class RunStep(models.Model):
    """One decision of a run's mode, written with the turns that follow from it: what is decided twice
    has the same number, and is refused."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    decision = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["run", "number"], name="one_step_a_number"),)

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"


class RunOutcome(models.Model):
    """What a run came to, as its mode says and as members edited it. `body` is an
    `llm.runs.protocol.OutcomeShape` as JSON."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="outcome")
    body = models.JSONField()
    is_pinned = models.BooleanField(default=False, help_text="In sight wherever one reads in the room.")
    edited_by = models.ForeignKey(Participant, on_delete=models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.run_id)
