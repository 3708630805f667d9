from __future__ import annotations

from django.db import models

from rooms.models import Message, Room


class RouterCall(models.Model):
    """The one question that a room's router may ask a model about one message.

    waiting → asking → decided | failed | late. A worker claims it by a conditional update,
    once ever: what is lost while it asks is failed, and nobody is woken. Its usage is its own,
    since no turn belongs to it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a worker"
        ASKING = "asking", "The model is asked"
        DECIDED = "decided", "Decided"
        FAILED = "failed", "Failed"
        LATE = "late", "Too late"

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="router_call"
    )
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING, db_index=True)
    candidates = models.JSONField(default=list)
    chosen = models.JSONField(default=list)
    error_code = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=200, blank=True)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"
