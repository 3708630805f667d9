"""The catalogue that a new installation starts with."""

from __future__ import annotations

import pytest

from personas.actions import seed_personas, seed_presets
from personas.models import COLORS, Persona, RoomPreset
from personas.seeds import PRESET_SEEDS, SEEDS


@pytest.mark.django_db
def test_seeding_twice_adds_once_and_keeps_what_was_edited() -> None:
    assert seed_personas() == len(SEEDS)
    Persona.objects.filter(slug="engineer").update(name="Grace", prompt="Mine")
    Persona.objects.filter(slug="poet").delete()
    assert seed_personas() == 1
    assert seed_personas() == 0
    assert Persona.objects.get(slug="engineer").name == "Grace"
    assert Persona.objects.filter(slug="poet").exists()


@pytest.mark.django_db
def test_every_seed_is_a_valid_entry_without_a_model() -> None:
    seed_personas()
    for persona in Persona.objects.all():
        persona.full_clean()
        assert persona.model == "", "so that a provider's key replaces the demo models"
        assert persona.color < COLORS


def test_names_and_colors_of_the_seeds_differ() -> None:
    for field in ("slug", "name", "color", "avatar"):
        assert len({getattr(seed, field) for seed in SEEDS}) == len(SEEDS), field


@pytest.mark.django_db
def test_presets_are_added_once_and_keep_what_was_edited() -> None:
    seed_personas()
    assert seed_presets() == len(PRESET_SEEDS)
    review = RoomPreset.objects.get(slug="design-review")
    assert [m.persona.slug for m in review.members.all()] == list(PRESET_SEEDS[0].cast)
    for preset in RoomPreset.objects.all():
        preset.full_clean()
    RoomPreset.objects.filter(pk=review.pk).update(room_name="Critique")
    review.members.first().delete()  # type: ignore[union-attr]  # it has a cast
    RoomPreset.objects.filter(slug="ai-safety-council").delete()
    assert seed_presets() == 1
    assert seed_presets() == 0
    review.refresh_from_db()
    assert (review.room_name, review.members.count()) == ("Critique", len(PRESET_SEEDS[0].cast) - 1)
