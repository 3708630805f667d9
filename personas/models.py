"""A catalogue entry. A room works with a copy of it, so that editing the catalogue
never changes a conversation that is under way."""

from __future__ import annotations

import uuid

from django.core.validators import MaxValueValidator
from django.db import models

COLORS = 12


class Persona(models.Model):
    """Somebody that a room can invite.

    `model` is a LiteLLM model name; blank means the room's default, else the server's.
    `slug` is the stable name that seeds and the demo models know it by.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=200, blank=True, help_text="One line that people choose by.")
    prompt = models.TextField(help_text="How this persona thinks and speaks, in the second person.")
    model = models.CharField(
        max_length=200,
        blank=True,
        help_text="A LiteLLM model name, such as openai/gpt-5-mini. Blank: the room's or server's default.",
    )
    aliases = models.JSONField(default=list, blank=True, help_text="Other names that a mention may use.")
    avatar = models.CharField(max_length=8, blank=True, help_text="An emoji.")
    color = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(COLORS - 1)])
    is_listed = models.BooleanField(default=True, help_text="Offered when a room is made.")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name}, {self.title}" if self.title else self.name
