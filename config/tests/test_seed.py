from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from personas.models import Persona, RoomPreset
from personas.seeds import PRESET_SEEDS, SEEDS
from rooms.models import Installation

pytestmark = pytest.mark.django_db


def test_the_first_start_prints_the_administrators_password_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("seed")
    said = capsys.readouterr().out
    password = said.partition("password ")[2].split()[0]
    admin = get_user_model().objects.get(username="admin")
    assert admin.check_password(password)
    assert admin.is_superuser
    assert Persona.objects.count() == len(SEEDS)
    assert RoomPreset.objects.count() == len(PRESET_SEEDS)
    epoch = Installation.objects.get(pk=1).epoch
    call_command("seed")
    assert capsys.readouterr().out == ""
    assert (get_user_model().objects.count(), Persona.objects.count()) == (1, len(SEEDS))
    assert Installation.objects.get(pk=1).epoch == epoch
