from __future__ import annotations

import uuid

from django.db import models

from rooms.models import Message, Participant, Room


class Chain(models.Model):
    """The tree of turns that grew from one message of a person.

    What it used is not counted here but in its turns and their usage, so that nothing can
    drift; whoever decides on it holds this row (`llm.wakes`, `llm.spending`). `person` is who
    answers for it: who wrote that message, or asked again. Each of its `grants` raises its
    limits once more (`llm.limits`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, related_name="+", help_text="What it grew from."
    )
    person = models.ForeignKey(Participant, on_delete=models.SET_NULL, null=True, related_name="+")
    grants = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.pk)
