"""The models that people can choose: what workers wrote, what the web makes of it."""

from __future__ import annotations

import os
from decimal import Decimal

import pytest

from llm import cards
from llm.gateway.types import Catalogue, ModelInfo
from llm.models import ModelCard, Turn
from llm.requests import request_for
from llm.tests.helpers import called, seat
from rooms.models import Participant, Room
from rooms.tests.people import Answer, Json, Person, Workshop

PARROT = ModelInfo(
    "lab/parrot", "parrot", "lab", context_tokens=8_000, input_price=Decimal("0.5"), has_tools=False
)
OWL = ModelInfo("lab/owl", "owl", "lab", has_tools=True, has_vision=True)
SAGE = ModelInfo("openrouter/vendor/sage", "vendor/sage", "openrouter", output_price=Decimal(0))
DEMO = ModelInfo("demo/engineer", "Engineer", "demo", is_scripted=True)


def store(*models: ModelInfo, unanswered: str = "") -> None:
    cards.store(Catalogue(models, frozenset({unanswered} - {""})))


def available() -> list[str]:
    return [card.name for card in cards.offered()]


@pytest.fixture
def lab(installed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that reaches lab/… and openrouter/…, with their cards."""
    monkeypatch.setitem(os.environ, "PARLEY_OPENAI_BASE_URL", "http://lab.invalid/v1")
    monkeypatch.setitem(os.environ, "PARLEY_OPENAI_NAME", "lab")
    monkeypatch.setitem(os.environ, "OPENROUTER_API_KEY", "k")
    store(PARROT, OWL, SAGE, DEMO)


def listed(by: Person, **query: str) -> Answer:
    return by.get("/api/models/", **query)


def names(answer: Answer) -> list[str]:
    return [model["name"] for model in answer.body["results"]]


def test_storing_again_changes_what_changed(lab: None) -> None:
    store(PARROT, OWL, SAGE, DEMO)
    assert ModelCard.objects.count() == 4
    store(ModelInfo("lab/parrot", "parrot", "lab", context_tokens=16_000), SAGE, DEMO)
    parrot = ModelCard.objects.get(name="lab/parrot")
    assert (parrot.context_tokens, parrot.input_price, parrot.has_tools) == (16_000, None, None)
    assert available() == ["lab/parrot", "openrouter/vendor/sage", "demo/engineer"]
    store(PARROT, OWL, SAGE, DEMO)
    assert "lab/owl" in available()


def test_a_provider_that_did_not_answer_keeps_its_models(lab: None) -> None:
    store(DEMO, unanswered="lab")
    assert available() == ["lab/owl", "lab/parrot", "demo/engineer"]
    store(DEMO)
    assert available() == ["demo/engineer"]


def test_the_list_says_what_is_known_and_no_more(lab: None, bob: Person) -> None:
    answer = listed(bob)
    assert names(answer) == ["lab/owl", "lab/parrot", "openrouter/vendor/sage", "demo/engineer"]
    known: dict[str, Json] = {model["name"]: model for model in answer.body["results"]}
    parrot, sage = known["lab/parrot"], known["openrouter/vendor/sage"]
    assert (parrot["context_tokens"], parrot["output_tokens"]) == (8_000, None)
    assert (parrot["input_price"], parrot["output_price"], sage["output_price"]) == (0.5, None, 0.0)
    assert (parrot["has_tools"], parrot["has_vision"]) == (False, None)
    assert answer.body["default"] == "openrouter/openai/gpt-5.4-mini"


@pytest.mark.parametrize(
    ("words", "found"),
    [("lab ow", ["lab/owl"]), ("ENGIN", ["demo/engineer"]), ("owl parrot", [])],
)
def test_searching_takes_every_word(lab: None, bob: Person, words: str, found: list[str]) -> None:
    assert names(listed(bob, q=words)) == found


def test_a_search_that_no_database_takes_is_refused(lab: None, bob: Person) -> None:
    assert listed(bob, q="lab\x00/owl").code == "invalid"


def test_the_list_is_bounded_and_says_how_many_there_are(lab: None, bob: Person) -> None:
    store(*(ModelInfo(f"lab/m{k}", f"m{k}", "lab") for k in range(60)))
    answer = listed(bob)
    assert (len(answer.body["results"]), answer.body["total"]) == (50, 60)


def test_who_has_no_name_here_sees_no_models(lab: None, bob: Person) -> None:
    nobody = Person("Nobody")
    nobody.session()
    assert (listed(nobody).status, listed(nobody).code) == (403, "not_allowed")
    assert listed(bob).status == 200


@pytest.mark.parametrize(
    ("name", "is_fine"),
    [
        ("lab/owl", True),
        ("lab/eagle", False),  # lab said what it has
        ("openrouter/vendor/new", True),  # openrouter has more than it says
        ("demo/engineer", True),
        ("gpt-5", False),
        ("bedrock/secret", False),  # no key for it here
        ("openrouter/http://evil.invalid/x", False),
        ("lab/ow l", False),
    ],
)
def test_which_model_a_persona_may_have(lab: None, studio: Workshop, name: str, is_fine: bool) -> None:
    ada = str(seat(studio, "Ada").pk)
    answer = studio.alice.command(studio.id, "persona.edit", participant_id=ada, model=name)
    assert answer.code == ("" if is_fine else "invalid")
    assert Participant.objects.get(pk=ada).model == (name if is_fine else "")


def test_where_nothing_is_known_a_configured_providers_model_is_taken_on_trust(
    lab: None, studio: Workshop
) -> None:
    ModelCard.objects.all().delete()
    ada = str(seat(studio, "Ada").pk)
    assert (
        studio.alice.command(studio.id, "persona.edit", participant_id=ada, model="lab/eagle").status == 200
    )


def test_own_model_then_the_rooms_then_the_servers(lab: None, studio: Workshop) -> None:
    """One answer to three askers: the roster, a new turn, and a retry."""

    def answering() -> set[str | None]:
        told = next(p for p in studio.bob.snapshot(studio.id)["participants"] if p["name"] == "Ada")
        turn = called(studio)
        Turn.objects.filter(pk=turn.pk).update(state=Turn.State.FAILED)
        again = studio.bob.command(studio.id, "turn.retry", turn_id=str(turn.pk)).body["turn_id"]
        retried = Turn.objects.get(pk=again)
        Turn.objects.filter(pk=again).update(state=Turn.State.DONE)
        return {told["model"], turn.model, retried.model}

    assert answering() == {"openrouter/openai/gpt-5.4-mini"}
    studio.alice.command(studio.id, "room.change", default_model="lab/owl")
    assert answering() == {"lab/owl"}
    ada = str(seat(studio, "Ada").pk)
    studio.alice.command(studio.id, "persona.edit", participant_id=ada, model="lab/parrot")
    assert answering() == {"lab/parrot"}


def test_the_roster_says_who_has_no_tools(lab: None, studio: Workshop) -> None:
    Room.objects.filter(pk=studio.uuid).update(default_model="lab/owl")
    Participant.objects.filter(room=studio.uuid, name="Ada").update(model="lab/parrot")
    told = {p["name"]: p["has_tools"] for p in studio.bob.snapshot(studio.id)["participants"]}
    assert told == {"Alice": None, "Bob": None, "Ada": False, "Bo": True}


def test_the_style_reaches_the_model(lab: None, studio: Workshop) -> None:
    ada = str(seat(studio, "Ada").pk)
    assert "short bullet points" not in request_for(called(studio)).messages[-1].content
    studio.alice.command(studio.id, "persona.edit", participant_id=ada, style="bullet")
    assert "short bullet points" in request_for(called(studio)).messages[-1].content
