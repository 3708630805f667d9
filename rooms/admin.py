"""Rooms to look at. Nothing is changed here: a room changes by its actions alone, so that
everybody in it is told."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest

from rooms.models import Participant, Room


class ReadOnly:
    """An admin page without forms that save."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ParticipantInline(ReadOnly, admin.TabularInline[Participant, Room]):
    model = Participant
    fields = ("name", "kind", "role", "title", "model", "joined_at", "left_at")
    extra = 0


@admin.register(Room)
class RoomAdmin(ReadOnly, admin.ModelAdmin[Room]):
    list_display = ("name", "visibility", "present", "head_seq", "last_activity_at", "archived_at")
    list_filter = ("visibility", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "description", "participants__name")
    exclude = ("invite",)  # who holds it can join, and a page like this one is shared on screens
    inlines = (ParticipantInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        present = Count("participants", filter=Q(participants__left_at=None))
        return super().get_queryset(request).annotate(present=present)

    @admin.display(ordering="present")
    def present(self, room: Any) -> int:
        return int(room.present)
