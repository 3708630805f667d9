"""Turns, what they did and what they used, to look at: the ledger of who was woken, why, and how it
ended. What was learnt of a model can be forgotten, so that it is tried again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from llm.models import Hand, ModelCard, RouterCall, Run, RunStep, ToolAbility, ToolRecord, Turn, UsageEntry
from llm.usage_report import in_words, total_of
from rooms.admin import ReadOnly


class UsageInline(ReadOnly, admin.TabularInline[UsageEntry, Turn]):
    model = UsageEntry
    extra = 0


class ToolRecordInline(ReadOnly, admin.TabularInline[ToolRecord, Turn]):
    model = ToolRecord
    extra = 0


@admin.register(Turn)
class TurnAdmin(ReadOnly, admin.ModelAdmin[Turn]):
    # What a run's turn handed in may be sealed.
    exclude = ("ask", "answer")
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
    inlines = (ToolRecordInline, UsageInline)

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


@admin.register(Hand)
class HandAdmin(ReadOnly, admin.ModelAdmin[Hand]):
    list_display = ("participant", "room", "state", "source", "line", "raised_at", "ended_by", "ended_at")
    list_filter = ("state", "source")
    list_select_related = ("participant", "room", "ended_by")
    search_fields = ("participant__name", "room__name")
    date_hierarchy = "raised_at"


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
    """What is listed, added up in a line above it. Sums by room, model and person: `manage.py usage`."""

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

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page = super().changelist_view(request, extra_context)
        listed = getattr(page, "context_data", None) or {}
        if "cl" in listed:  # else it sends the browser elsewhere
            # All pages of the list, by its filters and its search.
            listed["together"] = in_words(total_of(listed["cl"].queryset.order_by()))
        return page


@admin.register(ToolRecord)
class ToolRecordAdmin(ReadOnly, admin.ModelAdmin[ToolRecord]):
    """What was voted stands in none of them."""

    list_display = ("at", "room", "persona", "name", "is_refused", "told")
    list_filter = ("name", "is_refused")
    list_select_related = ("turn__participant", "turn__room")
    search_fields = ("turn__participant__name", "turn__room__name")
    date_hierarchy = "at"

    @admin.display(ordering="turn__room__name")
    def room(self, record: Any) -> str:
        return str(record.turn.room)

    @admin.display(ordering="turn__participant__name")
    def persona(self, record: Any) -> str:
        return str(record.turn.participant)

    @admin.display(description="what the model was told")
    def told(self, record: Any) -> str:
        return str(record.result["text"])


@admin.register(ToolAbility)
class ToolAbilityAdmin(ReadOnly, admin.ModelAdmin[ToolAbility]):
    """Deleted, a model is offered tools at its next turn, unless its card says that it has none."""

    list_display = ("model", "has_tools", "learnt_at")
    list_filter = ("has_tools",)
    search_fields = ("model",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super(ReadOnly, self).has_delete_permission(request, obj)


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
