from __future__ import annotations

from django.db import models
from django.db.models import Q

from llm.models.chain import Chain
from llm.models.turn import Turn
from rooms.models import Participant, Room


class UsageEntry(models.Model):
    """What one call to a model used. Never fenced: what was spent is recorded. Written by
    `llm.spending` alone; `spending.record_call` is the door for calls that are no turn's.

    Null tokens were not told, and a null `cost_usd` is unpriced: neither is nothing. What
    budgets count is `counted_tokens` and `counted_usd`, which are estimates where the numbers
    are missing (docs/budgets.md). The room and who is behind it stay known by themselves when
    a turn goes; `person` is who answers for the call, null where nobody does.
    """

    class Kind(models.TextChoices):
        TURN = "turn", "A reply"
        ROUTER = "router", "Who should answer"
        SUMMARY = "summary", "The room's memory"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TURN)
    room = models.ForeignKey(Room, on_delete=models.SET_NULL, null=True, related_name="+")
    chain = models.ForeignKey(Chain, on_delete=models.SET_NULL, null=True, related_name="usage")
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, related_name="usage")
    attempt = models.IntegerField(default=1)
    key = models.CharField(
        max_length=100, blank=True, help_text="What is recorded under it again is the same call."
    )
    persona = models.ForeignKey(Participant, on_delete=models.SET_NULL, null=True, related_name="+")
    person = models.ForeignKey(Participant, on_delete=models.SET_NULL, null=True, related_name="+")
    model = models.CharField(max_length=200)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True)
    counted_tokens = models.PositiveIntegerField(default=0)
    counted_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name_plural = "usage entries"
        constraints = (
            models.UniqueConstraint(fields=["turn", "attempt"], name="one_usage_an_attempt"),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="one_usage_a_key"),
        )
        indexes = (
            models.Index(fields=["room", "at"], name="usage_of_a_room"),
            models.Index(fields=["person", "at"], name="usage_of_a_person"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.model} {self.at:%Y-%m-%d}"
