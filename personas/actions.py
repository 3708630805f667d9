"""The write path of the catalogue."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from personas.models import Persona
from personas.seeds import SEEDS


@transaction.atomic
def seed_personas() -> int:
    """Add the seeded personas that are missing, by slug; edited ones stay as they are.

    Returns how many were added.
    """
    known = set(Persona.objects.values_list("slug", flat=True))
    missing = [Persona(**asdict(seed)) for seed in SEEDS if seed.slug not in known]
    return len(Persona.objects.bulk_create(missing, ignore_conflicts=True))
