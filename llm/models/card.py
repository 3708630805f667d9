from __future__ import annotations

from django.db import models


class ModelCard(models.Model):
    """A model that people can choose, as the workers last found it: the web reads of models
    here alone. `name` is LiteLLM's. Null is unknown; prices are US dollars per million
    tokens, and null is unpriced, which is not free."""

    name = models.CharField(max_length=200, unique=True)
    label = models.CharField(max_length=200)
    provider = models.CharField(max_length=60, db_index=True)
    context_tokens = models.PositiveIntegerField(null=True)
    output_tokens = models.PositiveIntegerField(null=True)
    input_price = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    output_price = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    has_tools = models.BooleanField(null=True)
    has_vision = models.BooleanField(null=True)
    has_thinking = models.BooleanField(null=True)
    cached_from = models.PositiveIntegerField(
        null=True, help_text="Tokens that a prompt's beginning has at the least where its provider keeps it."
    )
    is_scripted = models.BooleanField(default=False)
    is_available = models.BooleanField(default=True, help_text="Found when it was last looked for.")
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("is_scripted", "provider", "label")

    def __str__(self) -> str:
        return self.name
