"""The write path of the catalogue."""

from __future__ import annotations

from dataclasses import asdict

from django.db import transaction

from personas.models import Persona, PresetMember, RoomPreset
from personas.seeds import PRESET_SEEDS, SEEDS


@transaction.atomic
def seed_personas() -> int:
    """Add the seeded personas that are missing, by slug; edited ones stay as they are.

    Returns how many were added.
    """
    known = set(Persona.objects.values_list("slug", flat=True))
    missing = [Persona(**asdict(seed)) for seed in SEEDS if seed.slug not in known]
    return len(Persona.objects.bulk_create(missing, ignore_conflicts=True))


@transaction.atomic
def seed_presets() -> int:
    """Add the seeded room presets that are missing, by slug; edited ones stay as they are.

    Call it after `seed_personas`. Returns how many were added.
    """
    known = set(RoomPreset.objects.values_list("slug", flat=True))
    personas = {persona.slug: persona for persona in Persona.objects.all()}
    added = 0
    for place, seed in enumerate(PRESET_SEEDS):
        if seed.slug in known:
            continue
        preset = RoomPreset.objects.create(
            slug=seed.slug,
            name=seed.name,
            description=seed.description,
            room_name=seed.room_name,
            room_description=seed.room_description,
            place=place,
            run=seed.run,
        )
        PresetMember.objects.bulk_create(
            PresetMember(preset=preset, persona=personas[slug], place=seat)
            for seat, slug in enumerate(seed.cast)
        )
        added += 1
    return added
