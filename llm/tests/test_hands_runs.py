"""Raised hands while a run is on. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from uuid import uuid4

import pytest

from llm import reaper, turns
from llm.dispatch import dispatch_room
from llm.hands import keeping
from llm.hands.raising import raise_hand
from llm.models import Hand, Run, RunStep, Turn
from llm.runs.driver import advance
from llm.tests.helpers import WORKER, called, lose_lease, seat
from llm.tests.run_helpers import end, ids, messages, newest_run, opened, run_shape, seat_more, start
from rooms.models import Message
from rooms.protocol.shapes import ErrorShape
from rooms.tests.people import Json, Workshop

pytestmark = pytest.mark.django_db(transaction=True)

LINE = "We tried that."


def raised(studio: Workshop, name: str = "Ada", line: str = LINE) -> Hand:
    """In a turn of the run that is on."""
    run = newest_run(studio)
    turn = Turn.objects.filter(run=run).latest("created_at")
    hand = raise_hand(seat(studio, name), line, message=run.message, source=Hand.Source.TOOL, raised_in=turn)
    assert hand is not None
    return hand


def grant(studio: Workshop, hand: Hand) -> Json:
    answer = studio.bob.post(f"/api/rooms/{studio.id}/hands/{hand.pk}/grant/", {})
    assert answer.status == 200, answer
    return answer.body


def up(studio: Workshop) -> list[Json]:
    shown: list[Json] = studio.alice.snapshot(studio.id)["hands"]
    return shown


def speak(studio: Workshop, text: str = "It rained in.", state: turns.EndState = "done") -> None:
    """Whoever was granted it has the floor, and the run goes on."""
    turn = Turn.objects.get(room=studio.uuid, cause="hand", state="queued")
    claimed = turns.claim(turn.pk, WORKER)
    assert claimed is not None
    if text:
        assert turns.begin(claimed, uuid4(), text)
    error = ErrorShape(code="unavailable", message="Away.") if state == "failed" else None
    assert turns.settle(claimed, state, turns.Text(text, 0), error)
    advance(newest_run(studio).pk)


def granted_between(studio: Workshop) -> tuple[Run, Hand]:
    """Ada raised her hand in her turn, which is over; Bo is next, and Bob lets her speak meanwhile."""
    run = start(studio)
    hand = raised(studio)
    end(studio, "Ada", "First, the door.")
    shape = grant(studio, hand)
    assert (shape["state"], shape["turn_id"], shape["run_id"]) == ("granted", None, str(run.pk))
    return run, hand


def test_a_grant_between_boundaries_waits_for_the_next_one(studio: Workshop) -> None:
    """220"""
    run, _ = granted_between(studio)
    advance(run.pk)
    assert opened(studio) == ["Bo"]
    # Everybody sees that it is next.
    assert [shape["state"] for shape in up(studio)] == ["granted"]
    end(studio, "Bo", "Then, the roof.")
    assert opened(studio) == ["Ada"]
    assert up(studio) == []
    advance(run.pk)
    assert reaper.drive_runs() == 0
    assert opened(studio) == ["Ada"]
    speak(studio)
    assert messages(studio)[1:] == ["Ada: First, the door.", "Bo: Then, the roof.", "Ada: It rained in."]
    # The run goes on as if nothing had been, and has counted none of it.
    assert opened(studio) == ["Ada"]
    assert (run_shape(studio)["turns"], run_shape(studio)["round"]) == (3, 2)


def test_a_grant_at_a_boundary_is_spoken_at_once(studio: Workshop) -> None:
    """221: while somebody who types holds the floor, say; here the boundary was lost."""
    run = start(studio)
    hand = raised(studio)
    turn = turns.claim(Turn.objects.get(run=run).pk, WORKER)
    assert turn is not None
    assert turns.settle(turn, "passed", turns.Text("", 0))
    assert opened(studio) == []
    assert grant(studio, hand)["turn_id"] is not None
    assert opened(studio) == ["Ada"]
    speak(studio)
    assert opened(studio) == ["Bo"]


def test_who_has_the_floor_has_it_also_where_somebody_calls_them_behind_it(studio: Workshop) -> None:
    run, _ = granted_between(studio)
    end(studio, "Bo", "Then, the roof.")
    called(studio, "@Ada and the rain?")
    advance(run.pk)
    open_turns = Turn.objects.filter(room=studio.uuid, state__in=turns.OPEN)
    assert list(open_turns.order_by("created_at").values_list("cause", flat=True)) == ["hand", "mention"]


@pytest.mark.parametrize("how", ["done", "passed", "failed", "stopped", "lost", "skipped"])
def test_whatever_becomes_of_it_the_run_goes_on(studio: Workshop, how: str) -> None:
    """222"""
    run, _ = granted_between(studio)
    end(studio, "Bo", "Then, the roof.")
    turn = Turn.objects.get(cause="hand")
    match how:
        case "done" | "passed" | "failed":
            speak(studio, "" if how == "passed" else "Well.", how)
        case "stopped":
            assert studio.bob.command(studio.id, "turn.stop", turn_id=str(turn.pk)).status == 200
        case "lost":
            claimed = turns.claim(turn.pk, WORKER)
            assert claimed is not None
            lose_lease(claimed)
            assert turns.expire(turn.pk)
        case "skipped":
            assert studio.bob.command(studio.id, "run.skip", run_id=str(run.pk)).status == 200
    if how not in {"done", "passed", "failed"}:
        assert reaper.drive_runs() == 1
    assert opened(studio) == ["Ada"]
    assert run_shape(studio)["turns"] == 3
    assert Turn.objects.filter(cause="hand").count() == 1


def test_killed_at_the_boundary_the_hand_is_heard_once(
    studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """223"""
    run, hand = granted_between(studio)
    with monkeypatch.context() as patched:
        patched.setattr("llm.hands.floor.wakes.write", lambda turns: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            end(studio, "Bo", "Then, the roof.")
    hand.refresh_from_db()
    assert (hand.state, hand.turn, opened(studio)) == ("granted", None, [])
    assert RunStep.objects.filter(run=run).count() == 2
    for _ in range(3):
        reaper.drive_runs()
        advance(run.pk)
    assert opened(studio) == ["Ada"]
    assert Turn.objects.filter(cause="hand").count() == 1


def test_a_stop_ends_it_as_well_and_nothing_follows(studio: Workshop) -> None:
    """224: neither what is spoken nor what waits."""
    run, first = granted_between(studio)
    end(studio, "Bo", "Then, the roof.")
    second = raised(studio, "Bo", "Me, too.")
    grant(studio, second)
    assert studio.bob.command(studio.id, "run.stop", run_id=str(run.pk)).status == 200
    assert opened(studio) == []
    assert reaper.drive_runs() + reaper.look_at_hands() == 0
    assert up(studio) == []
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.turn is not None
    assert (first.turn.state, second.state, second.turn) == ("stopped", "lowered", None)
    assert studio.bob.command(studio.id, "hand.grant", hand_id=str(second.pk)).code == "hand_down"
    assert Turn.objects.filter(cause="hand").count() == 1


def test_at_the_end_of_a_run_hands_come_down(studio: Workshop) -> None:
    """225"""
    start(studio, rounds=1)
    end(studio, "Ada", "First, the door.")
    hand = raised(studio, "Ada")
    end(studio, "Bo", "Then, the roof.")
    assert run_shape(studio)["state"] == "ended"
    assert up(studio) == []
    hand.refresh_from_db()
    assert (hand.state, hand.ended_by) == ("lowered", None)


def test_who_was_granted_it_is_heard_before_the_run_ends(studio: Workshop) -> None:
    """226"""
    start(studio, rounds=1)
    end(studio, "Ada", "First, the door.")
    grant(studio, raised(studio, "Ada"))
    end(studio, "Bo", "Then, the roof.")
    assert (run_shape(studio)["state"], opened(studio)) == ("running", ["Ada"])
    speak(studio)
    assert run_shape(studio)["end"]["code"] == "finished"


def by_router(studio: Workshop, name: str) -> Hand:
    """One that was up before the run."""
    said = Message.objects.get(pk=studio.bob.say(studio.id, "What about the opening hours?"))
    hand = raise_hand(seat(studio, name), LINE, message=said, source=Hand.Source.ROUTER)
    assert hand is not None
    return hand


def test_in_a_sealed_phase_it_waits_until_that_is_over(studio: Workshop) -> None:
    """227"""
    seat_more(studio, "Cy", "Dee")
    hand = by_router(studio, "Dee")
    run = start(
        studio, "debate", cast_ids=ids(studio, "Ada", "Bo"), rounds=1, offices=judged_by(studio, "Cy")
    )
    assert grant(studio, hand)["turn_id"] is None
    for name in ("Ada", "Bo"):
        assert name in opened(studio)
        end(studio, name, "An opening.")
    # The openings are shown with the first rebuttal: the hand comes behind it.
    assert opened(studio) == ["Ada"]
    end(studio, "Ada", "A rebuttal.")
    assert opened(studio) == ["Dee"]
    speak(studio)
    assert opened(studio) == ["Bo"]
    # It is no text of the debate's.
    assert run.turns.get(cause="hand").run_number is None


def judged_by(studio: Workshop, name: str) -> list[Json]:
    (judge,) = ids(studio, name)
    return [{"office": "judge", "participant_id": judge}]


def test_where_a_run_ends_sealed_it_is_heard_behind_it(studio: Workshop) -> None:
    """228: on a chain of whoever granted it, and not at all behind a stop."""
    seat_more(studio, "Cy")
    hand = by_router(studio, "Cy")
    run = start(studio, "council", cast_ids=ids(studio, "Ada", "Bo"), max_turns=2)
    grant(studio, hand)
    for name in ("Ada", "Bo"):
        end(studio, name, "An answer.")
    run.refresh_from_db()
    assert (run.state, run.end_code) == ("ended", "turns")
    turn = Turn.objects.get(cause="hand")
    assert (turn.participant.name, turn.run, turn.state) == ("Cy", None, "queued")
    assert turn.chain.person == seat(studio, "Bob")


def test_in_a_pause_people_let_it_speak_at_once(studio: Workshop) -> None:
    """229: but not while somebody finishes, and nobody follows."""
    run = start(studio)
    hand = raised(studio, "Ada")
    assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).status == 200
    assert grant(studio, hand)["turn_id"] is None
    end(studio, "Ada", "First, the door.")
    assert opened(studio) == ["Ada"]
    speak(studio)
    assert opened(studio) == []
    assert reaper.drive_runs() == 0
    assert studio.bob.command(studio.id, "run.resume", run_id=str(run.pk)).status == 200
    assert opened(studio) == ["Bo"]


def test_a_lost_boundary_of_a_pause_is_swept(studio: Workshop) -> None:
    """230"""
    run = start(studio)
    hand = raised(studio, "Ada")
    assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).status == 200
    grant(studio, hand)
    turn = turns.claim(Turn.objects.get(run=run).pk, WORKER)
    assert turn is not None
    assert turns.settle(turn, "passed", turns.Text("", 0))
    assert reaper.drive_runs() == 1
    assert opened(studio) == ["Ada"]
    assert reaper.drive_runs() == 0


def test_a_run_that_is_started_waits_for_whoever_has_the_floor(studio: Workshop) -> None:
    """231"""
    grant(studio, by_router(studio, "Bo"))
    run = start(studio)
    assert opened(studio) == []
    assert reaper.drive_runs() == 0
    speak(studio)
    assert opened(studio) == ["Ada"]
    assert Turn.objects.get(cause="hand").run is None
    assert run.turns.count() == 1


def test_who_is_called_in_a_run_has_its_hand_raised(studio: Workshop) -> None:
    """232: people let it answer; nobody is woken out of turn."""
    seat_more(studio, "Cy")
    start(studio, cast_ids=ids(studio, "Ada", "Bo"))
    turn = end(studio, "Ada", "@Cy how long does the roof last? And @all, mind the door.")
    assert dispatch_room(studio.uuid) == 0
    [shape] = up(studio)
    assert shape["participant_id"] == ids(studio, "Cy")[0]
    assert shape["line"].startswith("Ada asked: how long does the roof last?")
    assert shape["message_id"] == str(turn.message_id)
    hand = Hand.objects.get()
    grant(studio, hand)
    end(studio, "Bo", "Then, the roof.")
    assert opened(studio) == ["Cy"]
    speak(studio, "Ten years. @Bo, is that enough?")
    assert opened(studio) == ["Ada"]
    # What is said so calls nobody either.
    assert dispatch_room(studio.uuid) == 0
    assert [shape["line"] for shape in up(studio)] == ["Cy asked: @Bo, is that enough?"]


def test_who_is_next_anyway_keeps_no_hand_up(studio: Workshop) -> None:
    """233"""
    start(studio)
    end(studio, "Ada", "@Bo, what do you say?")
    assert dispatch_room(studio.uuid) == 0
    assert up(studio) == []
    # The other way round: raised before the run came to it.
    raised(studio, "Ada")
    end(studio, "Bo", "The roof.")
    assert opened(studio) == ["Ada"]
    assert keeping.look(studio.uuid) == 1
    assert up(studio) == []


def test_a_judge_and_a_sealed_text_raise_no_hands(studio: Workshop) -> None:
    """234"""
    seat_more(studio, "Cy")
    start(studio, "debate", cast_ids=ids(studio, "Ada", "Bo"), rounds=1, offices=judged_by(studio, "Cy"))
    end(studio, "Ada", "@Bo and @Cy, listen.")
    end(studio, "Bo", "@Ada no.")
    assert dispatch_room(studio.uuid) == 0
    end(studio, "Ada", "@Cy sees it as well.")
    assert dispatch_room(studio.uuid) == 0
    assert up(studio) == []


def test_by_policy_the_oldest_is_heard_at_the_next_boundary_once_a_round(studio: Workshop) -> None:
    """235"""
    seat_more(studio, "Cy", "Dee")
    assert studio.alice.command(studio.id, "room.change", hands="policy").status == 200
    start(studio, cast_ids=ids(studio, "Ada", "Bo"), rounds=2)
    for name in ("Cy", "Dee"):
        raised(studio, name)
    end(studio, "Ada", "First, the door.")
    for name in ("Cy", "Dee"):
        assert opened(studio) == [name]
        speak(studio)
    assert opened(studio) == ["Bo"]
    # In this round Cy was heard; whoever is next anyway is not heard twice.
    raised(studio, "Cy")
    raised(studio, "Ada")
    end(studio, "Bo", "The roof.")
    assert opened(studio) == ["Ada"]
    assert keeping.look(studio.uuid) == 1
    end(studio, "Ada", "The floor.")
    assert opened(studio) == ["Cy"]


def test_a_hand_may_not_cost_more_than_is_left_of_the_run(studio: Workshop) -> None:
    """236"""
    run, _ = granted_between(studio)
    spent = Turn.objects.get(run=run, run_number=1)
    spent.usage.create(room=run.room, attempt=9, counted_usd=0.75, cost_usd=0.75, kind="turn", model="m")
    Run.objects.filter(pk=run.pk).update(max_usd=1)
    end(studio, "Bo", "The roof.")
    refused = Turn.objects.get(cause="hand")
    assert (refused.state, refused.error_code) == ("blocked", "chain_budget")
    # It is told, and the run looks after its own limit.
    assert run_shape(studio)["end"]["code"] == "cost"
    assert up(studio) == []


def test_what_hands_cost_counts_for_the_run(studio: Workshop) -> None:
    """237"""
    run, _ = granted_between(studio)
    end(studio, "Bo", "The roof.")
    speak(studio)
    turn = Turn.objects.get(cause="hand")
    turn.usage.create(room=run.room, attempt=9, counted_usd=0.5, cost_usd=0.5, kind="turn", model="m")
    Run.objects.filter(pk=run.pk).update(max_usd=0.5)
    end(studio, "Ada", "The floor.")
    shape = run_shape(studio)
    assert (shape["cost_usd"], shape["turns"]) == (0.5, 4)
    Run.objects.filter(pk=run.pk).update(stop={"kind": "cost", "usd": 0.5})
    end(studio, "Bo", "The end.")
    assert run_shape(studio)["end"]["code"] == "cost"
