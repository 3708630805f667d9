"""The catalogue in the administration."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from personas.models import Persona

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def test_aliases_are_written_one_a_line(admin: Client) -> None:
    ada = Persona.objects.create(slug="ada", name="Ada", prompt="You are Ada.", aliases=["Countess"])
    address = f"/admin/personas/persona/{ada.pk}/change/"
    form = admin.get(address).context["adminform"].form
    assert form["aliases"].value() == "Countess"
    assert ">\nCountess</textarea>" in str(form["aliases"])

    written = {name: form[name].value() for name in form.fields if name != "is_listed"}
    answer = admin.post(address, written | {"aliases": " Lovelace\r\n\r\nCountess of L. ", "is_listed": "on"})
    assert answer.status_code == 302
    ada.refresh_from_db()
    assert ada.aliases == ["Lovelace", "Countess of L."]

    assert admin.post(address, written | {"aliases": ""}).status_code == 302
    ada.refresh_from_db()
    assert ada.aliases == []


def test_the_catalogue_is_for_administrators(client: Client) -> None:
    client.force_login(User.objects.create_user("carol"))
    assert client.get("/admin/personas/persona/").status_code == 302
