"""Raised hands through their doors, where no run is on: the router raises them, people grant and lower
them. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from uuid import UUID

import pytest
from pytest_django import Settings

from llm import reaper, turns
from llm.dispatch import dispatch_room
from llm.hands import keeping
from llm.hands.raising import line_of, raise_hand
from llm.models import Hand, Turn
from llm.requests import request_for
from llm.tests.helpers import WORKER, seat
from rooms.models import Message, Participant
from rooms.tests.people import SOME_ID, Json, Workshop

pytestmark = pytest.mark.django_db(transaction=True)

LINE = "We tried that in the old library."
VERBS = ("grant", "lower")


def raised(studio: Workshop, name: str = "Ada", line: str = LINE) -> Hand:
    """Bob asks, and the router hears of somebody who has something to say."""
    said = Message.objects.get(pk=studio.bob.say(studio.id, "What about the opening hours?"))
    hand = raise_hand(seat(studio, name), line, message=said, source=Hand.Source.ROUTER)
    assert hand is not None
    return hand


def up(studio: Workshop) -> list[Json]:
    """As every member sees them."""
    shown: list[Json] = studio.bob.snapshot(studio.id)["hands"]
    assert studio.bob.get(f"/api/rooms/{studio.id}/hands/").body["results"] == shown
    return shown


def granted(studio: Workshop) -> list[Turn]:
    return list(Turn.objects.filter(room=studio.uuid, cause="hand").order_by("created_at"))


def speak(turn: Turn, text: str = "It rained in.") -> None:
    claimed = turns.claim(turn.pk, WORKER)
    assert claimed is not None
    assert turns.begin(claimed, UUID(int=claimed.pk.int ^ 1), text)
    assert turns.settle(claimed, "done", turns.Text(text, 0))


def test_a_hand_is_up_with_its_line(studio: Workshop) -> None:
    """200"""
    hand = raised(studio)
    [shape] = up(studio)
    ada = str(seat(studio, "Ada").pk)
    assert (shape["participant_id"], shape["line"], shape["source"]) == (ada, LINE, "router")
    assert (shape["state"], shape["turn_id"], shape["by"]) == ("raised", None, None)
    # Raised again, it is the same hand with another line.
    assert raised(studio, line="And the roof.").pk == hand.pk
    assert [shape["line"] for shape in up(studio)] == ["And the roof."]
    told = [e["data"]["hand"]["line"] for e in studio.bob.events(studio.id) if e["type"] == "hand.changed"]
    assert told == [LINE, "And the roof."]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Two\nlines\tand  more ", "Two lines and more"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u202egnp.exe\u0000", "gnp.exe\ufffd"),
        ("👩‍🚒 mind the fire", "👩‍🚒 mind the fire"),
        ("x" * 200, "x" * 139 + "…"),
        ("\u200d \n\u202e", ""),
        ("", ""),
    ],
)
def test_a_line_is_one_line_of_plain_text(text: str, line: str) -> None:
    """201"""
    assert line_of(text) == line


def test_a_grant_is_a_turn_that_says_it(studio: Workshop) -> None:
    """202"""
    hand = raised(studio)
    answer = studio.bob.command(studio.id, "hand.grant", hand_id=str(hand.pk))
    [turn] = granted(studio)
    assert (answer.status, answer.body) == (200, {"turn_id": str(turn.pk)})
    assert up(studio) == []
    assert (turn.state, turn.chain.person, turn.chain.message) == (
        "queued",
        seat(studio, "Bob"),
        hand.message,
    )
    prompt = "".join(message.content for message in request_for(turn).messages)
    assert f"You raised your hand to say: “{LINE}” Say it now." in prompt
    speak(turn)
    reply = Message.objects.get(room=studio.uuid, turn_id=turn.pk)
    assert (reply.text, reply.reply_to_id) == ("It rained in.", hand.message_id)


def test_twice_granted_is_one_turn(studio: Workshop) -> None:
    """203: by whomever."""
    hand = raised(studio)
    path = f"/api/rooms/{studio.id}/hands/{hand.pk}/grant/"
    first = studio.bob.post(path, {})
    again = studio.alice.post(path, {})
    assert (first.status, again.status) == (200, 200)
    assert first.body == again.body
    assert (again.body["state"], again.body["by"]) == ("granted", str(seat(studio, "Bob").pk))
    assert len(granted(studio)) == 1
    # Nor is it taken back.
    assert studio.alice.post(f"/api/rooms/{studio.id}/hands/{hand.pk}/lower/", {}).body == first.body


def test_who_lowers_it_takes_it_down(studio: Workshop) -> None:
    """204"""
    hand = raised(studio)
    for person in (studio.bob, studio.alice):
        answer = person.post(f"/api/rooms/{studio.id}/hands/{hand.pk}/lower/", {})
        assert (answer.status, answer.body["state"], answer.body["by"]) == (
            200,
            "lowered",
            str(seat(studio, "Bob").pk),
        )
    assert up(studio) == []
    refused = studio.bob.command(studio.id, "hand.grant", hand_id=str(hand.pk))
    assert (refused.status, refused.code) == (409, "hand_down")
    assert granted(studio) == []


@pytest.mark.parametrize("verb", VERBS)
def test_viewers_and_strangers_may_not_let_anybody_speak(studio: Workshop, verb: str) -> None:
    """205"""
    hand = raised(studio)
    path = f"/api/rooms/{studio.id}/hands/{hand.pk}/{verb}/"
    assert studio.carol.post(path, {}).status == 404
    assert studio.carol.command(studio.id, f"hand.{verb}", hand_id=str(hand.pk)).status == 404
    assert studio.carol.get(f"/api/rooms/{studio.id}/hands/").status == 404
    other = str(studio.bob.create_room("Other").body["room_id"])
    assert studio.bob.command(other, f"hand.{verb}", hand_id=str(hand.pk)).status == 404
    assert studio.bob.command(studio.id, f"hand.{verb}", hand_id=SOME_ID).status == 404
    Participant.objects.filter(room=studio.uuid, name="Bob").update(role="viewer")
    assert studio.bob.post(path, {}).status == 403
    assert [shape["id"] for shape in up(studio)] == [str(hand.pk)]
    assert studio.alice.post(path, {}).status == 200


def _leaves(studio: Workshop) -> None:
    _manage(studio, "participant.remove")


def _is_muted(studio: Workshop) -> None:
    _manage(studio, "persona.mute")


def _is_called(studio: Workshop) -> None:
    studio.bob.say(studio.id, "@Ada what is it?")
    assert dispatch_room(studio.uuid) == 1


def _much_is_said(studio: Workshop) -> None:
    for number in range(3):
        studio.bob.say(studio.id, f"Point {number}.")


def _is_archived(studio: Workshop) -> None:
    assert studio.alice.command(studio.id, "room.archive").status == 200


def _manage(studio: Workshop, kind: str) -> None:
    ada = str(seat(studio, "Ada").pk)
    assert studio.alice.command(studio.id, kind, participant_id=ada).status == 200


@pytest.mark.parametrize("happens", [_leaves, _is_muted, _is_called, _much_is_said, _is_archived])
def test_a_hand_comes_down_by_itself(studio: Workshop, settings: Settings, happens: object) -> None:
    """206"""
    settings.LLM_HAND_MESSAGES = 3
    hand = raised(studio)
    studio.bob.say(studio.id, "One thing.")
    assert keeping.look(studio.uuid) == 0
    Hand.objects.filter(pk=hand.pk).update(raised_at=Message.objects.latest("created_at").created_at)
    assert callable(happens)
    happens(studio)
    assert reaper.look_at_hands() == 1
    assert studio.alice.snapshot(studio.id)["hands"] == []
    hand.refresh_from_db()
    assert (hand.state, hand.ended_by) == ("lowered", None)
    assert reaper.look_at_hands() == 0


def test_a_hand_of_a_removed_persona_is_never_shown(studio: Workshop) -> None:
    """207: also before anybody looked after it."""
    hand = raised(studio)
    _leaves(studio)
    assert up(studio) == []
    assert studio.bob.command(studio.id, "hand.grant", hand_id=str(hand.pk)).status == 404


def test_who_is_about_to_speak_raises_no_hand(studio: Workshop) -> None:
    """208"""
    _is_called(studio)
    said = Message.objects.latest("seq")
    assert raise_hand(seat(studio, "Ada"), LINE, message=said, source=Hand.Source.ROUTER) is None
    assert up(studio) == []


def test_what_a_chain_may_come_to_holds_for_hands(studio: Workshop, settings: Settings) -> None:
    """209: a refusal is a turn, with the reason."""
    settings.LLM_CHAIN_TURNS = 0
    hand = raised(studio)
    assert studio.bob.command(studio.id, "hand.grant", hand_id=str(hand.pk)).status == 200
    [turn] = granted(studio)
    assert (turn.state, turn.error_code) == ("blocked", "turn_limit")
    assert up(studio) == []


def test_where_it_is_left_to_the_policy_the_oldest_is_granted_once_nobody_speaks(studio: Workshop) -> None:
    """210"""
    path = f"/api/rooms/{studio.id}/"
    assert studio.carol.patch(path, {"hands": "policy"}).status == 404
    assert studio.bob.patch(path, {"hands": "policy"}).code == "not_allowed"
    assert studio.alice.patch(path, {"hands": "loud"}).code == "invalid"
    first, second = raised(studio, "Ada"), raised(studio, "Bo")
    assert keeping.look(studio.uuid) == 0
    assert studio.alice.patch(path, {"hands": "policy"}).body["hands"] == "policy"
    for hand in (first, second):
        assert keeping.look(studio.uuid) == 1
        # The other one waits until this one has spoken.
        assert keeping.look(studio.uuid) == 0
        speak(granted(studio)[-1])
        hand.refresh_from_db()
        assert (hand.state, hand.ended_by) == ("granted", None)
    assert [turn.participant.name for turn in granted(studio)] == ["Ada", "Bo"]
    # Its chain is that of the person whose message it is about.
    assert granted(studio)[0].chain.person == seat(studio, "Bob")
    assert keeping.look(studio.uuid) == 0


def test_whoever_stops_everybody_hears_nobody_by_policy(studio: Workshop) -> None:
    """211"""
    assert studio.alice.command(studio.id, "room.change", hands="policy").status == 200
    raised(studio)
    assert studio.bob.command(studio.id, "turn.stop_all").status == 200
    assert keeping.look(studio.uuid) == 0
    assert granted(studio) == []
