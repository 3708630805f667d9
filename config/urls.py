from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from config import health, openapi, pages

handler404 = pages.not_found

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", openapi.serve),
    path("api/", include("rooms.api.urls")),
    path("api/", include("llm.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    # Where a page names none (the administration's), browsers ask here.
    path("favicon.ico", RedirectView.as_view(url=static("favicon.svg"))),
    # The browser application draws these itself.
    re_path(r"^$|^rooms/new/$|^rooms/[0-9a-f-]{36}/$|^join/[\w-]+/$", pages.app),
]
