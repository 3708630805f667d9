"""The run of a room preset: as fields in the administration, and never beyond what can be started."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from personas import extensions
from personas.models import RoomPreset, validate_run
from personas.seeds import PRESET_SEEDS

pytestmark = pytest.mark.django_db

ADD = "/admin/personas/roompreset/add/"
BLANK = {
    "name": "Vote",
    "slug": "vote",
    "room_name": "Vote",
    "visibility": "link",
    "place": "0",
    "is_listed": "on",
    "members-TOTAL_FORMS": "0",
    "members-INITIAL_FORMS": "0",
}
FILLED = {
    "run_mode": "consensus",
    "run_question": "What shall be decided?",
    "run_rounds": "1",
    "run_quorum": "1.0",
    "run_choices": "Tea\r\n\r\n Coffee ",
    "run_max_turns": "20",
    "run_max_usd": "0.5",
}


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def written(admin: Client, preset: RoomPreset) -> dict[str, Any]:
    """The change page's fields as they stand."""
    form = admin.get(f"/admin/personas/roompreset/{preset.pk}/change/").context["adminform"].form
    values = {name: form[name].value() for name in form.fields if name != "is_listed"}
    return BLANK | {name: "" if value is None else value for name, value in values.items()}


def test_a_run_is_written_in_fields(admin: Client) -> None:
    assert admin.post(ADD, BLANK | FILLED).status_code == 302
    preset = RoomPreset.objects.get(slug="vote")
    assert preset.run == {
        "mode": "consensus",
        "question": "What shall be decided?",
        "rounds": 1,
        "quorum": 1.0,
        "choices": ["Tea", "Coffee"],
        "max_turns": 20,
        "max_usd": 0.5,
    }
    page = admin.get(f"/admin/personas/roompreset/{preset.pk}/change/").content.decode()
    assert ">\nTea\nCoffee</textarea>" in page
    assert '<option value="1.0" selected>' in page
    # Saved as it stands it stays as it is; without a mode there is none.
    address = f"/admin/personas/roompreset/{preset.pk}/change/"
    before = preset.run
    assert admin.post(address, written(admin, preset)).status_code == 302
    preset.refresh_from_db()
    assert preset.run == before
    assert admin.post(address, written(admin, preset) | {"run_mode": ""}).status_code == 302
    preset.refresh_from_db()
    assert preset.run is None


def test_what_is_left_out_is_shown_as_it_would_be_run(admin: Client) -> None:
    run = {"mode": "consensus", "choices": ["Go", "Rework"]}
    preset = RoomPreset.objects.create(slug="vote", name="Vote", room_name="Vote", run=run)
    address = f"/admin/personas/roompreset/{preset.pk}/change/"
    assert 'value="0.6666666666666666" selected' in admin.get(address).content.decode()
    assert admin.post(address, written(admin, preset)).status_code == 302
    preset.refresh_from_db()
    assert preset.run == run | {"question": "", "rounds": 0, "quorum": 2 / 3, "max_turns": 0, "max_usd": 0}


def test_a_preset_without_a_run_is_made_as_before(admin: Client) -> None:
    assert admin.post(ADD, BLANK).status_code == 302
    assert RoomPreset.objects.get(slug="vote").run is None


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"run_rounds": "99"}, "run_rounds", "less than or equal to 20"),
        ({"run_max_turns": "999"}, "run_max_turns", "less than or equal to 200"),
        ({"run_max_usd": "1000000"}, "run_max_usd", "less than or equal to 10000"),
        ({"run_mode": "relay"}, "run_choices", "votes on nothing"),
        ({"run_choices": "Tea\nTEA"}, "run_choices", "two choices at least"),
        ({"run_choices": "x" * 200}, "run_choices", "at most 120 characters"),
        ({"run_mode": "seance"}, "run_mode", "seance is not one of the available choices"),
    ],
    ids=["rounds", "turns", "money", "choices", "same-choices", "long-choice", "mode"],
)
def test_what_can_not_be_started_is_told_at_its_field(
    admin: Client, fields: dict[str, str], field: str, sentence: str
) -> None:
    answer = admin.post(ADD, BLANK | FILLED | fields)
    assert answer.status_code == 200
    assert sentence in str(answer.context["adminform"].form.errors[field])
    assert not RoomPreset.objects.exists()


def test_a_mode_that_is_gone_is_shown_and_has_to_be_replaced(admin: Client) -> None:
    preset = RoomPreset.objects.create(slug="vote", name="Vote", room_name="Vote", run={"mode": "seance"})
    fields = written(admin, preset)
    assert fields["run_mode"] == "seance"
    address = f"/admin/personas/roompreset/{preset.pk}/change/"
    answer = admin.post(address, fields)
    assert "There is no mode “seance”" in str(answer.context["adminform"].form.errors["run_mode"])
    assert admin.post(address, fields | {"run_mode": "debate"}).status_code == 302


@pytest.mark.parametrize(
    "run",
    [
        "debate",
        {},
        {"mode": "debate", "cast_ids": []},
        {"mode": "debate", "question": "x" * 200},
        {"mode": "debate", "quorum": 0.2},
    ],
)
def test_what_is_no_run_is_refused(run: Any) -> None:
    with pytest.raises(ValidationError):
        validate_run(run)


def test_the_seeds_can_be_started() -> None:
    seeded = [seed.run for seed in PRESET_SEEDS if seed.run is not None]
    assert [run["mode"] for run in seeded] == ["consensus", "council", "debate"]
    for run in seeded:
        validate_run(run)


def test_without_anybody_who_knows_runs_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "_runs", extensions._NONE)
    with pytest.raises(ValidationError, match="There are no runs here"):
        validate_run({"mode": "debate"})


def test_the_pages_are_for_administrators(client: Client) -> None:
    client.force_login(User.objects.create_user("carol"))
    assert client.post(ADD, BLANK | FILLED).status_code == 302
    assert not RoomPreset.objects.exists()
