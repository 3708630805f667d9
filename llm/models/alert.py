from __future__ import annotations

import uuid

from django.db import models

from llm.models.chain import Chain
from rooms.models import Participant, Room


class BudgetAlert(models.Model):
    """That a budget is nearly or wholly spent, as the room was told: one a budget and day, or
    chain. `day` is a day of UTC; a chain's is the day on which it began."""

    class Scope(models.TextChoices):
        CHAIN = "chain", "One message and what grew from it"
        ROOM_DAY = "room_day", "The room, a day"
        PERSON_DAY = "person_day", "One person, a day"

    class Level(models.TextChoices):
        OK = "ok", "Enough is left again"
        WARNED = "warned", "Nearly spent"
        SPENT = "spent", "Spent"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    scope = models.CharField(max_length=10, choices=Scope)
    day = models.DateField()
    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Participant, on_delete=models.CASCADE, null=True, related_name="+")
    level = models.CharField(max_length=6, choices=Level)
    limit_usd = models.DecimalField(max_digits=14, decimal_places=8)
    spent_usd = models.DecimalField(max_digits=14, decimal_places=8)
    message = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = (
            # An absent part is no duplicate of an absent one, so each scope has its own.
            models.UniqueConstraint(
                fields=["room", "day"], condition=models.Q(scope="room_day"), name="one_alert_a_room"
            ),
            models.UniqueConstraint(
                fields=["room", "day", "person"],
                condition=models.Q(scope="person_day"),
                name="one_alert_a_person",
            ),
            models.UniqueConstraint(
                fields=["chain"], condition=models.Q(scope="chain"), name="one_alert_a_chain"
            ),
        )

    def __str__(self) -> str:
        return f"{self.scope} {self.level} {self.day}"
