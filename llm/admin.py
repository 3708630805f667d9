"""Turns and what they used, to look at: the ledger of who was woken, why, and how it ended."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from llm.models import ModelCard, RouterCall, Run, RunStep, Turn, UsageEntry
from rooms.admin import ReadOnly


class UsageInline(ReadOnly, admin.TabularInline[UsageEntry, Turn]):
    model = UsageEntry
    extra = 0


@admin.register(Turn)
class TurnAdmin(ReadOnly, admin.ModelAdmin[Turn]):
    list_display = (
        "participant",
        "room",
        "cause",
        "depth",
        "state",
        "error_code",
        "model",
        "created_at",
        "took",
    )
    list_filter = ("state", "cause", "error_code", "is_scripted")
    list_select_related = ("participant", "room")
    search_fields = ("participant__name", "room__name", "model")
    date_hierarchy = "created_at"
    inlines = (UsageInline,)

    @admin.display(description="seconds")
    def took(self, turn: Any) -> str:
        if turn.started_at is None or turn.ended_at is None:
            return ""
        return f"{(turn.ended_at - turn.started_at).total_seconds():.1f}"


@admin.register(RouterCall)
class RouterCallAdmin(ReadOnly, admin.ModelAdmin[RouterCall]):
    list_display = ("room", "state", "error_code", "model", "cost_usd", "created_at", "decided_at")
    list_filter = ("state", "error_code", "model")
    list_select_related = ("room",)
    search_fields = ("room__name", "model")
    date_hierarchy = "created_at"


class RunStepInline(ReadOnly, admin.TabularInline[RunStep, Run]):
    model = RunStep
    extra = 0


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin[Run]):
    """What was thought about, with every decision; what was said stands in the room."""

    list_display = ("room", "mode", "state", "phase", "end_code", "end_message", "created_at", "ended_at")
    list_filter = ("state", "mode", "end_code")
    list_select_related = ("room",)
    search_fields = ("room__name", "goal")
    date_hierarchy = "created_at"
    inlines = (RunStepInline,)


@admin.register(UsageEntry)
class UsageAdmin(ReadOnly, admin.ModelAdmin[UsageEntry]):
    """Sums by room, model and person: `manage.py usage`."""

    list_display = (
        "at",
        "kind",
        "room",
        "persona",
        "person",
        "model",
        "input_tokens",
        "output_tokens",
        "cached_tokens",
        "cost_usd",
    )
    list_filter = ("kind", "model", ("cost_usd", admin.EmptyFieldListFilter))
    list_select_related = ("room", "persona", "person")
    search_fields = ("room__name", "persona__name", "person__name", "model")
    date_hierarchy = "at"


@admin.register(ModelCard)
class ModelCardAdmin(ReadOnly, admin.ModelAdmin[ModelCard]):
    list_display = (
        "name",
        "provider",
        "context_tokens",
        "input_price",
        "output_price",
        "has_tools",
        "is_available",
        "seen_at",
    )
    list_filter = ("is_available", "provider", "has_tools", "has_vision", "has_thinking")
    search_fields = ("name", "label")
