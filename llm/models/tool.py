from __future__ import annotations

from django.db import models

from llm.models.turn import Turn


class ToolRecord(models.Model):
    """One use of a tool in a turn, written with its effect: a use that was made is not made
    again. `arguments` are the model's own, bounded; `result` is what it came to."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="tool_records")
    number = models.PositiveSmallIntegerField(help_text="Which use of the turn, counted from 1.")
    name = models.CharField(max_length=64)
    arguments = models.TextField(blank=True)
    is_refused = models.BooleanField(default=False)
    result = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["turn", "number"], name="one_record_a_tool_use"),)

    def __str__(self) -> str:
        return f"{self.turn_id} {self.number} {self.name}"


class ToolAbility(models.Model):
    """Whether a model can call tools, as it turned out: where it was tried, this goes before
    what its card says."""

    model = models.CharField(max_length=200, unique=True)
    has_tools = models.BooleanField()
    learnt_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "tool abilities"

    def __str__(self) -> str:
        return f"{self.model}: {'tools' if self.has_tools else 'no tools'}"
