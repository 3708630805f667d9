"""The page that the browser application lives in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import TemplateView

app = TemplateView.as_view(template_name="app.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that nothing is at: the application says so, with a way back."""
    return render(request, "app.html", status=404)
