"""A catalogue entry. A room works with a copy of it, so that editing the catalogue
never changes a conversation that is under way."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from personas.extensions import runs

COLORS = 12
FALLBACKS_MOST = 3
MODEL_CHARACTERS = 200
QUESTION_CHARACTERS = 120


class ChatStyle(models.TextChoices):
    """How much a persona writes, and in which form."""

    CONVERSATIONAL = "conversational", "Conversational: a few sentences"
    DETAILED = "detailed", "Detailed: as long as the matter needs"
    BULLET = "bullet", "Bullet points"


def validate_fallbacks(value: Any) -> None:
    """Raises ValidationError for anything but a short list of models' names."""
    is_list = isinstance(value, list) and all(isinstance(name, str) for name in value)
    if not is_list or any(not name.strip() or len(name) > MODEL_CHARACTERS for name in value):
        raise ValidationError("Give the names of models.")
    if len(value) > FALLBACKS_MOST:
        raise ValidationError(f"Give {FALLBACKS_MOST} models at most.")


def validate_run(value: Any) -> None:
    """Raises ValidationError for what no room could start as it stands."""
    if value is None:
        return
    if not isinstance(value, dict):
        raise ValidationError("Give a run as its fields.")
    problems = runs().problems(value)
    if problems:
        raise ValidationError([f"{field}: {sentence}" for field, sentence in problems.items()])


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
    fallbacks = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_fallbacks],
        help_text="Models that are asked, in this order, where its own does not answer. None: the room's.",
    )
    style = models.CharField(max_length=14, choices=ChatStyle, default=ChatStyle.CONVERSATIONAL)
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


class RoomPreset(models.Model):
    """What a room can start from: a context, a cast, and a run. All of it is a proposal that its
    maker edits; a room only remembers whose run it proposes while nothing was said.

    `run` has `mode`, `question` (what whoever makes the room is asked for), `rounds`, `quorum`, `choices`,
    `max_turns` and `max_usd`, as a run is started with (docs/orchestration.md)."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Public: listed in the lobby"
        LINK = "link", "By link: whoever has the link"
        PRIVATE = "private", "Private: does not exist for others"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True, help_text="One line that people choose by.")
    room_name = models.CharField(max_length=60, help_text="The name proposed for the room.")
    room_description = models.TextField(
        max_length=4_000, blank=True, help_text="The room's context: every persona in it is told this."
    )
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.LINK)
    cast: models.ManyToManyField[Persona, PresetMember] = models.ManyToManyField(
        Persona, through="PresetMember", related_name="presets"
    )
    run = models.JSONField(
        null=True, blank=True, validators=[validate_run], help_text="What its personas are to do together."
    )
    place = models.PositiveSmallIntegerField(default=0, help_text="Smaller comes first where a room is made.")
    is_listed = models.BooleanField(default=True, help_text="Offered when a room is made.")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("place", "name")

    def __str__(self) -> str:
        return self.name


class PresetMember(models.Model):
    """A persona of a preset's cast, in the order of `place`."""

    preset = models.ForeignKey(RoomPreset, on_delete=models.CASCADE, related_name="members")
    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="memberships")
    place = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("place", "pk")
        constraints = (
            models.UniqueConstraint(fields=("preset", "persona"), name="preset_seats_a_persona_once"),
        )

    def __str__(self) -> str:
        return f"{self.persona} in {self.preset}"
