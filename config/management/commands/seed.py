"""`manage.py seed`: what a new installation starts with. Safe to run at every start."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from personas.actions import seed_personas, seed_presets
from rooms.actions.installation import ensure_installation


class Command(BaseCommand):
    help = "Adds the seeded personas and room presets and, where there is no account yet, an administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_installation()
        added = seed_personas()
        if added:
            self.stdout.write(f"Added {added} personas to the catalogue.")
        added = seed_presets()
        if added:
            self.stdout.write(f"Added {added} room presets.")
        users = get_user_model()
        if not users.objects.exists():
            password = secrets.token_urlsafe(12)
            users.objects.create_superuser("admin", password=password)
            self.stdout.write(f"Administrator: name admin, password {password} (shown only now).")
