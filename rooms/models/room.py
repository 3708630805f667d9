from __future__ import annotations

import secrets
import uuid

from django.db import models

from personas.models import RoomPreset


def make_invite() -> str:
    """A secret for a join link: 128 bits, safe in a URL."""
    return secrets.token_urlsafe(16)


class Room(models.Model):
    """`head_seq` is the number of the newest event; `eventlog` alone changes it."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Public: listed in the lobby"
        LINK = "link", "By link: whoever has the link"
        PRIVATE = "private", "Private: does not exist for others"

    class WakePolicy(models.TextChoices):
        SILENT = "silent", "Silent: personas answer when they are called"
        REPLY_ONLY = "reply_only", "Reply only: who answered last also answers what follows"
        ROUTER = "router", "Router: a small model decides who answers a question to nobody"

    class Hands(models.TextChoices):
        PEOPLE = "people", "People: somebody lets a persona speak that raised its hand"
        POLICY = "policy", "By itself: the oldest raised hand is granted as soon as nobody is speaking"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=60)
    description = models.TextField(blank=True, max_length=4_000)
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.LINK)
    invite = models.CharField(max_length=64, unique=True, default=make_invite, editable=False)
    default_model = models.CharField(max_length=200, blank=True)
    fallback_models = models.JSONField(default=list, blank=True)
    wake_policy = models.CharField(
        max_length=12,
        choices=WakePolicy,
        default=WakePolicy.SILENT,
        help_text="Who answers a message that calls nobody.",
    )
    hands = models.CharField(
        max_length=8, choices=Hands, default=Hands.PEOPLE, help_text="Who grants a persona's raised hand."
    )
    memory_tokens = models.PositiveIntegerField(
        null=True, blank=True, help_text="What personas are given to read, in tokens; else the server's."
    )
    # Limits of its own for what personas may use here; null leaves it to the server
    # (docs/budgets.md). Money in US dollars.
    chain_depth = models.PositiveSmallIntegerField(null=True, blank=True)
    chain_turns = models.PositiveSmallIntegerField(null=True, blank=True)
    chain_tokens = models.PositiveIntegerField(null=True, blank=True)
    chain_usd = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    day_usd = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    person_day_usd = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    preset = models.ForeignKey(
        RoomPreset,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="What it was made from: while nothing was said, the preset's run is proposed.",
    )
    head_seq = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_activity_at = models.DateTimeField(auto_now_add=True, db_index=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-last_activity_at",)

    def __str__(self) -> str:
        return self.name
