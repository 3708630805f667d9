from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from personas.lines_field import LinesField
from personas.models import FALLBACKS_MOST, Persona, PresetMember, RoomPreset
from personas.run_form import RunFields

# As the sentence that it is, in sight as a whole.
WIDE = forms.TextInput(attrs={"size": 80})


class PersonaForm(forms.ModelForm[Persona]):
    aliases = LinesField(required=False, help_text="Other names that a mention may use, one a line.")
    fallbacks = LinesField(
        required=False,
        help_text="Models that are asked, in this order, where its own does not answer, one a line,"
        f" {FALLBACKS_MOST} at most. None: the room's.",
    )

    class Meta:
        model = Persona
        fields = (
            "name",
            "slug",
            "title",
            "description",
            "prompt",
            "model",
            "fallbacks",
            "style",
            "aliases",
            "avatar",
            "color",
            "is_listed",
        )
        widgets: ClassVar = {"description": WIDE}


@admin.register(Persona)
class PersonaAdmin(admin.ModelAdmin[Persona]):
    form = PersonaForm
    list_display = ("name", "title", "description", "model", "is_listed", "changed_at")
    list_filter = ("is_listed", "style", ("model", admin.EmptyFieldListFilter), "presets")
    search_fields = ("name", "title", "description", "slug", "prompt")
    prepopulated_fields = {"slug": ("name",)}


class PresetMemberInline(admin.TabularInline[PresetMember, RoomPreset]):
    model = PresetMember
    autocomplete_fields = ("persona",)
    ordering = ("place",)
    extra = 1


RUN_FIELDS = (
    ("run_mode", "run_question"),
    "run_choices",
    ("run_rounds", "run_quorum"),
    ("run_max_turns", "run_max_usd"),
)


@admin.register(RoomPreset)
class RoomPresetAdmin(admin.ModelAdmin[RoomPreset]):
    form = RunFields
    fieldsets = (
        (None, {"fields": ("name", "slug", "description", "place", "is_listed")}),
        ("Room", {"fields": ("room_name", "room_description", "visibility")}),
        (
            "Run",
            {
                "fields": RUN_FIELDS,
                "description": "What its personas are to do together, once somebody says what about.",
            },
        ),
    )
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
