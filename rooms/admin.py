"""Rooms to look at: nothing of them is changed here, since a room changes by its actions
alone, so that everybody in it is told. And programs' tokens, which are made here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from rooms.actions.tokens import create_token, require_place, revoke_token
from rooms.errors import ParleyError
from rooms.models import ApiToken, Participant, Room


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


class ApiTokenForm(forms.ModelForm[ApiToken]):
    def clean_user(self) -> Any:
        user = self.cleaned_data["user"]
        try:
            require_place(user.pk)
        except ParleyError as error:
            raise forms.ValidationError(error.message) from None
        return user


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    form = ApiTokenForm
    list_display = ("name", "user", "scope", "prefix", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("scope", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    fields = ("user", "name", "scope", "expires_at")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made, obj.plain = create_token(
            user_id=obj.user_id, name=obj.name, scope=obj.scope, expires_at=obj.expires_at
        )
        obj.pk = made.pk

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        # Answered here and not after a redirect, which would have to keep the secret somewhere.
        page = {**self.admin_site.each_context(request), "title": "Token made", "token": obj}
        return TemplateResponse(request, "admin/rooms/apitoken/made.html", page)

    @admin.action(description="Revoke the chosen tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        for token in tokens:
            revoke_token(token=token)
        self.message_user(request, "The tokens open nothing any more.")
