from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from django.contrib import admin

        from config import checks  # noqa: F401 (importing registers the checks)

        admin.site.site_title = admin.site.site_header = "Parley administration"
        admin.site.index_title = "What rooms are made of"
