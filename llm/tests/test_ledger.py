"""Who answers, and why: the decision of a message put together with what came of it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from llm import turns
from llm.models import RouterCall, Turn, WakeDecision
from llm.tests.helpers import WORKER, dispatched, message_of, seat
from rooms.tests.people import Json, Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_server")]


def ledger(studio: Workshop, message_id: str) -> Json:
    dispatched(studio)
    dispatched(studio)
    answer = studio.bob.get(f"/api/rooms/{studio.id}/messages/{message_id}/wakes/")
    assert answer.status == 200, answer
    return answer.body


def lines(studio: Workshop, message_id: str) -> dict[str, Json]:
    names = {p["id"]: p["name"] for p in studio.alice.snapshot(studio.id)["participants"]}
    return {names[line["participant_id"]]: line for line in ledger(studio, message_id)["wakes"]}


def why(studio: Workshop, message_id: str) -> dict[str, tuple[str, str | None]]:
    return {
        name: (line["why"], line["turn"] and line["turn"]["state"])
        for name, line in lines(studio, message_id).items()
    }


def speak(turn: Turn, text: str) -> Turn:
    claimed = turns.claim(turn.pk, WORKER)
    assert claimed is not None
    assert turns.begin(claimed, uuid4(), text)
    assert turns.settle(claimed, "done", turns.Text(text, 0))
    return claimed


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("Hello", {}, {"Ada": ("silent", None), "Bo": ("silent", None)}),
        ("@Ada hello", {}, {"Ada": ("mention", "queued"), "Bo": ("other_called", None)}),
        ("@Ada look, cc @Bo", {}, {"Ada": ("mention", "queued"), "Bo": ("informed", None)}),
        ("@all?", {}, {"Ada": ("all", "queued"), "Bo": ("all", "queued")}),
        ("@all", {"is_quiet": True}, {"Ada": ("quiet", None), "Bo": ("quiet", None)}),
        ("@Bob?", {}, {"Ada": ("other_called", None), "Bo": ("other_called", None)}),
    ],
)
def test_reasons(
    studio: Workshop, text: str, data: Json, expected: dict[str, tuple[str, str | None]]
) -> None:
    said = studio.bob.say(studio.id, text, **data)
    assert why(studio, said) == expected
    assert WakeDecision.objects.count() == 1


def test_what_came_of_it(studio: Workshop) -> None:
    said = studio.bob.say(studio.id, "@Ada refine, @Bo code")
    assert lines(studio, said)["Bo"]["task"] == "code"
    ada, bo = dispatched(studio)
    speak(ada, "Done.")
    assert studio.bob.command(studio.id, "turn.stop", turn_id=str(bo.pk)).status == 200
    told = lines(studio, said)
    assert told["Ada"]["turn"]["message_id"] == str(message_of(ada).pk)
    assert (told["Bo"]["turn"]["state"], told["Bo"]["turn"]["error"]["code"]) == ("stopped", "stopped")


def test_a_muted_persona(studio: Workshop) -> None:
    ada = str(seat(studio, "Ada").pk)
    assert studio.alice.command(studio.id, "persona.mute", participant_id=ada).status == 200
    said = studio.bob.say(studio.id, "@Ada?")
    assert why(studio, said) == {"Ada": ("muted", "blocked"), "Bo": ("other_called", None)}
    assert lines(studio, said)["Ada"]["turn"]["error"]["code"] == "muted"
    assert why(studio, studio.bob.say(studio.id, "@all")) == {"Ada": ("muted", None), "Bo": ("all", "queued")}


def test_one_after_the_other(studio: Workshop) -> None:
    said = studio.bob.say(studio.id, "@Ada draft, then @Bo review")
    line = lines(studio, said)["Bo"]
    assert (line["why"], line["step"], line["task"], line["turn"]) == ("then", "waiting", "review", None)
    assert line["after_ids"] == [str(seat(studio, "Ada").pk)]
    replied = speak(dispatched(studio)[0], "Draft. @Bo?")
    assert why(studio, said) == {"Ada": ("mention", "done"), "Bo": ("then", "queued")}
    # Of Ada's own message: it called Bo by that same step, and not once more.
    assert why(studio, str(message_of(replied).pk))["Bo"] == ("then", "queued")
    failed = studio.bob.say(studio.id, "@Ada draft, then @Bo review")
    dispatched(studio)
    assert studio.bob.command(studio.id, "turn.stop_all").status == 200
    assert lines(studio, failed)["Bo"]["note"] == "Ada was stopped."


def test_a_persona_that_names_nobody_has_no_line(studio: Workshop) -> None:
    studio.bob.say(studio.id, "@Ada hello")
    ada = speak(dispatched(studio)[0], "Hello.")
    told = ledger(studio, str(message_of(ada).pk))
    assert (told["is_decided"], told["wakes"]) == (False, [])


def test_speak_now_is_told(studio: Workshop) -> None:
    said = studio.bob.say(studio.id, "Hello")
    dispatched(studio)
    ada = str(seat(studio, "Ada").pk)
    assert studio.bob.command(studio.id, "turn.speak", participant_id=ada).status == 200
    assert why(studio, said) == {"Ada": ("speak", "queued"), "Bo": ("silent", None)}


def test_the_router_is_told(studio: Workshop) -> None:
    assert studio.alice.command(studio.id, "room.change", wake_policy="router").status == 200
    said = studio.bob.say(studio.id, "Who knows?")
    told = ledger(studio, said)
    assert told["router"]["state"] == "waiting"
    assert {line["why"] for line in told["wakes"]} == {"routed"}
    RouterCall.objects.update(state="failed", error_code="timeout")
    assert ledger(studio, said)["router"]["error_code"] == "timeout"


def test_a_message_is_read_once_whatever_changes_later(studio: Workshop) -> None:
    said = studio.bob.say(studio.id, "Hello")
    before = why(studio, said)
    studio.alice.command(studio.id, "persona.add", name="Cy")
    assert why(studio, said) == before


def test_strangers_see_nothing(studio: Workshop) -> None:
    said = studio.bob.say(studio.id, "@Ada hello")
    dispatched(studio)
    path = f"/api/rooms/{studio.id}/messages/{said}/wakes/"
    assert studio.carol.get(path) == studio.carol.get(f"/api/rooms/{uuid4()}/messages/{said}/wakes/")
    assert studio.carol.get(path).status == 404
    assert studio.bob.get(f"/api/rooms/{studio.id}/messages/{uuid4()}/wakes/").code == "not_found"
    other = studio.carol.create_room("Other").body["room_id"]
    assert studio.carol.get(f"/api/rooms/{other}/messages/{said}/wakes/").status == 404
