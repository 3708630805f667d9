from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import TemplateView

from config import health
from llm.cards_api import ModelsView

page = TemplateView.as_view(template_name="app.html")

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("rooms.api.urls")),
    path("api/models/", ModelsView.as_view()),
    path("health/live", health.live),
    path("health/ready", health.ready),
    # The browser application draws these itself.
    re_path(r"^$|^rooms/new/$|^rooms/[0-9a-f-]{36}/$|^join/[\w-]+/$", page),
]
