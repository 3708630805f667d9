from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from llm.models.chain import Chain
from llm.models.run import Run
from rooms.models import Message, Participant, Room


class Turn(models.Model):
    """One persona's opportunity to speak, also when it was not allowed to.

    Who changes a turn does it by a conditional update on `state` and `fence`: the fence
    is raised by every claim and by every end that is not the worker's own, so that a
    late or second worker changes nothing. `lease_until` is by the database's clock.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        PASSED = "passed", "Passed"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Failed"
        BLOCKED = "blocked", "Blocked"

    class Cause(models.TextChoices):
        MENTION = "mention", "Mentioned by a person"
        MENTION_ALL = "mention_all", "Everybody was mentioned"
        HANDOVER = "handover", "Mentioned by a persona"
        REPLY = "reply", "Replied to"
        RETRY = "retry", "Asked again"
        CONTINUE = "continue", "Asked to go on"
        THEN = "then", "Handed over to, as a person had asked"
        ROUTER = "router", "Chosen by the room's router"
        SPEAK = "speak", "Told to speak now"
        POLL = "poll", "Asked to vote"
        RUN = "run", "Next in a run"
        HAND = "hand", "Its raised hand was granted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="turns")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    trigger_message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=12, choices=Cause)
    task = models.TextField(
        blank=True, help_text="What this persona was asked to do of the message; blank: all of it."
    )
    repeat = models.PositiveSmallIntegerField(default=0, help_text="Which retry of the same wake.")
    depth = models.PositiveSmallIntegerField(default=0, help_text="Hand-overs since a person spoke.")
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    message_id = models.UUIDField(null=True, blank=True)
    thought_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long it thought; none where no thinking was shown."
    )
    handovers = models.JSONField(
        default=list,
        blank=True,
        help_text="Whom its end hands over to: a list of {participant_id, task}.",
    )
    is_handing_over_by_tool = models.BooleanField(
        default=False, help_text="Its model has tools: names in its text wake nobody."
    )
    cut_speaker = models.CharField(
        max_length=60, blank=True, help_text="For whom its text began to speak, and was cut there."
    )
    model = models.CharField(max_length=200)
    is_scripted = models.BooleanField(default=False)
    failed_models = models.JSONField(
        default=list,
        blank=True,
        help_text="Who was asked before `model` and did not answer: a list of {model, code, message}.",
    )
    # Of a run's turn: its number in the run from 1, and what it is there for (docs/orchestration.md). A
    # granted hand's turn in a run has no number: it is none of those that the mode decides on.
    run = models.ForeignKey(Run, on_delete=models.CASCADE, null=True, blank=True, related_name="turns")
    run_number = models.PositiveSmallIntegerField(null=True, blank=True)
    run_phase = models.CharField(max_length=20, blank=True)
    run_round = models.PositiveSmallIntegerField(default=0)
    run_part = models.CharField(max_length=20, blank=True)
    ask = models.JSONField(null=True, blank=True, help_text="What it has to hand in: kind and choices.")
    answer = models.JSONField(null=True, blank=True, help_text="What it handed in.")
    is_sealed = models.BooleanField(
        default=False, help_text="Nobody is shown what it says until its phase is over."
    )
    is_retaken = models.BooleanField(
        default=False, help_text="Somebody asked for it again: its run takes it as if it had not been taken."
    )
    # What its call under way may use, set before it is made (`llm.spending`). Input and output in
    # tokens; money as budgets count it, null where nothing is set aside: before the first call, and
    # once there is a usage entry of that attempt.
    reserved_attempt = models.IntegerField(null=True, blank=True)
    reserved_input = models.PositiveIntegerField(null=True, blank=True)
    reserved_output = models.PositiveIntegerField(null=True, blank=True)
    reserved_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    fence = models.IntegerField(default=0)
    worker = models.UUIDField(null=True, blank=True)
    behind = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The turn whose first word it waits for, so that both read one cached prompt.",
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    enqueued_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["trigger_message", "participant", "cause", "repeat"], name="one_turn_a_wake"
            ),
            models.UniqueConstraint(
                fields=["participant"], condition=Q(state="running"), name="one_running_turn_a_persona"
            ),
            models.UniqueConstraint(
                fields=["run", "run_number"], condition=Q(run__isnull=False), name="one_turn_a_number"
            ),
        )
        indexes = (
            # Not partial: SQLite does not see that a comparison with one state implies a list of them.
            models.Index(fields=["state", "room"], name="open_turns"),
            models.Index(fields=["room", "message_id"], name="turn_of_message"),
        )

    def __str__(self) -> str:
        return f"{self.participant_id} {self.state}"


class SealedText(models.Model):
    """What a sealed turn wrote: no message has it before its phase is over. Nothing but the run reads
    it."""

    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, primary_key=True, related_name="sealed_text")
    text = models.TextField()

    def __str__(self) -> str:
        return str(self.turn_id)


class Thinking(models.Model):
    """What a turn thought, bounded. Kept apart: turns are read by the page, this is opened."""

    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, primary_key=True, related_name="thinking")
    text = models.TextField()

    def __str__(self) -> str:
        return str(self.turn_id)
