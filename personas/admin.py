from django.contrib import admin

from personas.models import Persona


@admin.register(Persona)
class PersonaAdmin(admin.ModelAdmin[Persona]):
    list_display = ("name", "title", "description", "model", "is_listed")
    list_filter = ("is_listed",)
    search_fields = ("name", "title", "description", "slug")
    prepopulated_fields = {"slug": ("name",)}
