from __future__ import annotations

from django.db import models

from llm.models.turn import Turn


class UsageEntry(models.Model):
    """What one attempt of a turn used. Append-only and never fenced: what was spent is
    recorded. `cost_usd` null is unpriced, which is not free."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="usage")
    attempt = models.IntegerField()
    model = models.CharField(max_length=200)
    input_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    cached_tokens = models.PositiveIntegerField(null=True)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["turn", "attempt"], name="one_usage_an_attempt"),)

    def __str__(self) -> str:
        return f"{self.turn_id} {self.attempt}"
