from __future__ import annotations

from django.db import models

from rooms.models import Message


class WakeDecision(models.Model):
    """Why each persona of the room was, or was not, called by one message: decided once.

    `why` maps a reason (`llm.reasons.Reason`) to the ids of the personas that it holds for,
    those of that time. What came of a call is in the turns, and is put together with this
    when it is read (`llm.ledger`).
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="wake_decision"
    )
    why = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.message_id)
