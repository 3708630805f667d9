from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from personas.models import Persona, PresetMember, RoomPreset


@admin.register(Persona)
class PersonaAdmin(admin.ModelAdmin[Persona]):
    list_display = ("name", "title", "description", "model", "style", "is_listed", "changed_at")
    list_filter = ("is_listed", "style", ("model", admin.EmptyFieldListFilter), "presets")
    search_fields = ("name", "title", "description", "slug", "prompt")
    prepopulated_fields = {"slug": ("name",)}


class PresetMemberInline(admin.TabularInline[PresetMember, RoomPreset]):
    model = PresetMember
    autocomplete_fields = ("persona",)
    ordering = ("place",)
    extra = 1


@admin.register(RoomPreset)
class RoomPresetAdmin(admin.ModelAdmin[RoomPreset]):
    list_display = ("name", "description", "cast_size", "visibility", "place", "is_listed", "changed_at")
    list_filter = ("is_listed", "visibility", "cast")
    search_fields = ("name", "description", "slug", "room_name", "room_description", "cast__name")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (PresetMemberInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoomPreset]:
        return super().get_queryset(request).annotate(cast_size=Count("members", distinct=True))

    @admin.display(description="cast", ordering="cast_size")
    def cast_size(self, preset: Any) -> int:
        return int(preset.cast_size)
