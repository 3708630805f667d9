from __future__ import annotations

from django.db import models

from llm.models.turn import Turn


class Given(models.Model):
    """What one attempt of a turn was given to read, to the letter. Kept for a time
    (PARLEY_GIVEN_DAYS): it is the larger part of what a turn leaves behind.

    `body` is a compressed JSON list of [role, name of the section, tokens, text]: read in
    order they are the request's messages. `counts` are the messages of the room that it
    holds word for word, by the summary, recalled, and not at all; `llm.given` has the shape.
    """

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="given")
    attempt = models.IntegerField()
    model = models.CharField(max_length=200)
    layout = models.CharField(max_length=14)
    budget = models.PositiveIntegerField()
    tokens = models.PositiveIntegerField()
    counts = models.JSONField()
    body = models.BinaryField()
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["turn", "attempt"], name="one_given_an_attempt"),)

    def __str__(self) -> str:
        return f"{self.turn_id} {self.attempt}"
