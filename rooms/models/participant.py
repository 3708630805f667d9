from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from personas.models import ChatStyle
from rooms.models.guest import Guest
from rooms.models.room import Room


class Participant(models.Model):
    """A person or a persona in a room.

    `name_key` is the name folded by `rooms.names.name_key`, unique among those present.
    A persona's fields are a copy of the catalogue entry `source`.
    """

    class Kind(models.TextChoices):
        HUMAN = "human", "Person"
        PERSONA = "persona", "Persona"

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        MODERATOR = "moderator", "Moderator"
        MEMBER = "member", "Member"
        VIEWER = "viewer", "Viewer"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="participants")
    kind = models.CharField(max_length=8, choices=Kind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    source = models.ForeignKey(
        "personas.Persona", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=60)
    name_key = models.CharField(max_length=200, editable=False)
    aliases = models.JSONField(default=list, blank=True)
    title = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=200, blank=True)
    avatar = models.CharField(max_length=8, blank=True)
    color = models.PositiveSmallIntegerField(default=0)
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    prompt = models.TextField(blank=True)
    model = models.CharField(max_length=200, blank=True)
    fallbacks = models.JSONField(default=list, blank=True)
    style = models.CharField(max_length=14, choices=ChatStyle, default=ChatStyle.CONVERSATIONAL)
    lens = models.CharField(
        max_length=60, blank=True, help_text="Which scripted demo voice stands in for it."
    )
    is_muted = models.BooleanField(default=False, help_text="A persona that is not to speak in this room.")
    joined_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)
    is_banned = models.BooleanField(default=False, help_text="Removed for good: no invite lets them in.")

    class Meta:
        ordering = ("joined_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["room", "name_key"], condition=Q(left_at=None), name="one_name_in_a_room"
            ),
            models.UniqueConstraint(
                fields=["room", "user"], condition=Q(user__isnull=False), name="one_seat_for_a_user"
            ),
            models.UniqueConstraint(
                fields=["room", "guest"], condition=Q(guest__isnull=False), name="one_seat_for_a_guest"
            ),
            models.CheckConstraint(
                condition=Q(kind="persona", user=None, guest=None)
                | Q(kind="human", user__isnull=False, guest=None)
                | Q(kind="human", user=None, guest__isnull=False),
                name="a_person_or_a_persona",
            ),
        )

    def __str__(self) -> str:
        return self.name
