"""Runs through their doors: who may, what is told, what stays sealed. The numbers are those of
docs/orchestration.md."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from llm import reaper, turns
from llm.actions import stop_departed
from llm.dispatch import dispatch_room
from llm.models import Run, RunStep, Turn, UsageEntry
from llm.orchestration.values import Answer
from llm.requests import request_for
from llm.runs import driver
from llm.runs.driver import advance
from llm.tests.helpers import WORKER, seat
from llm.tests.run_helpers import (
    GOAL,
    end,
    ids,
    messages,
    newest_run,
    open_turn,
    opened,
    run_shape,
    seat_more,
    start,
)
from rooms import typing
from rooms.models import Message, Participant
from rooms.protocol.shapes import ErrorShape
from rooms.tests.people import SOME_ID, Json, Workshop

pytestmark = pytest.mark.django_db(transaction=True)

SPENT = ErrorShape(code="room_budget", message="The room's budget of today is used up.")
COMMANDS: dict[str, Json] = {
    "run.pause": {},
    "run.resume": {},
    "run.skip": {},
    "run.stop": {},
    "run.edit_outcome": {},
    "run.pin_outcome": {"is_pinned": True},
}


def test_a_run_is_started_and_says_what_it_is(studio: Workshop) -> None:
    """100"""
    run = start(studio)
    shape = run_shape(studio)
    assert messages(studio) == [f"Bob: {GOAL}"]
    assert shape["message_id"] == str(run.message_id)
    assert (shape["mode"], shape["state"], shape["phase"], shape["round"]) == (
        "round_robin",
        "running",
        "rounds",
        1,
    )
    assert [shape["now_ids"], shape["cast"]] == [ids(studio, "Ada"), ids(studio, "Ada", "Bo")]
    assert shape["end"] is None
    # The message itself wakes nobody, also where it names somebody.
    assert dispatch_room(studio.uuid) == 0


@pytest.mark.parametrize(
    "spec",
    [
        {"mode": "no such"},
        {"mode": "round_robin", "choices": ["a", "b"]},
        {"mode": "consensus", "choices": ["a", "A"]},
        {"mode": "round_robin", "stop": {"kind": "no such"}},
        {"mode": "round_robin", "rounds": 99},
        {"mode": "debate", "offices": [{"office": "judge", "participant_id": SOME_ID}]},
        {"mode": "round_robin", "cast_ids": [SOME_ID]},
    ],
    ids=["mode", "choices", "same-choices", "stop", "rounds", "judge", "cast"],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(studio: Workshop, spec: Json) -> None:
    """101"""
    answer = studio.bob.command(studio.id, "run.start", goal=GOAL, **spec)
    assert (answer.status, answer.code) == (400, "invalid")
    assert not Run.objects.exists()
    assert messages(studio) == []
    assert studio.bob.post(f"/api/rooms/{studio.id}/runs/estimate/", spec).status == 400


def test_one_run_at_a_time(studio: Workshop) -> None:
    """102"""
    run = start(studio)
    answer = studio.alice.command(studio.id, "run.start", mode="relay", goal="Another.")
    assert (answer.status, answer.code) == (409, "run_live")
    assert studio.alice.command(studio.id, "run.stop", run_id=str(run.pk)).status == 200
    start(studio, "relay")


def test_viewers_and_strangers_may_not(studio: Workshop) -> None:
    """103"""
    assert studio.carol.command(studio.id, "run.start", mode="relay", goal=GOAL).status == 404
    run = start(studio)
    for kind, data in COMMANDS.items():
        assert studio.carol.command(studio.id, kind, run_id=str(run.pk), **data).status == 404
    for path in ("", f"{run.pk}/"):
        assert studio.carol.get(f"/api/rooms/{studio.id}/runs/{path}").status == 404
    assert studio.carol.post(f"/api/rooms/{studio.id}/runs/estimate/", {"mode": "relay"}).status == 404
    Participant.objects.filter(room=studio.uuid, name="Bob").update(role="viewer")
    for kind, data in COMMANDS.items():
        assert studio.bob.command(studio.id, kind, run_id=str(run.pk), **data).status == 403
    assert studio.bob.command(studio.id, "run.start", mode="relay", goal=GOAL).status == 403
    # They watch.
    assert studio.bob.get(f"/api/rooms/{studio.id}/runs/{run.pk}/").status == 200


def test_a_run_of_another_room_is_none(studio: Workshop) -> None:
    """104"""
    run = start(studio)
    other = str(studio.bob.create_room("Other").body["room_id"])
    for kind, data in COMMANDS.items():
        assert studio.bob.command(other, kind, run_id=str(run.pk), **data).status == 404


def test_a_run_goes_round_and_ends_with_the_reason(studio: Workshop) -> None:
    """105"""
    start(studio)
    for number in range(2):
        for name in ("Ada", "Bo"):
            end(studio, name, f"Point {number}.")
    told = ["Ada: Point 0.", "Bo: Point 0.", "Ada: Point 1.", "Bo: Point 1."]
    assert messages(studio)[1:] == told
    shape = run_shape(studio)
    assert shape["state"] == "ended"
    assert shape["end"] == {"code": "finished", "message": "All 2 rounds are over."}
    assert shape["turns"] == 4
    # Nobody is quoted: what a run says answers no single message.
    assert not Message.objects.filter(room=studio.uuid, reply_to__isnull=False).exists()


def test_what_members_say_calls_nobody(studio: Workshop) -> None:
    """106"""
    start(studio)
    end(studio, "Ada", "@Bo and @all, what do you say?")
    assert dispatch_room(studio.uuid) == 0
    assert opened(studio) == ["Bo"]


def test_a_person_is_heard_at_the_next_boundary_and_a_call_is_answered(studio: Workshop) -> None:
    """107: at every boundary of the run."""
    start(studio)
    said = []
    for number, name in enumerate(("Ada", "Bo", "Ada", "Bo")):
        said.append(f"Mind point {number}.")
        studio.bob.say(studio.id, said[-1])
        assert dispatch_room(studio.uuid) == 0
        end(studio, name, f"Turn {number}.")
        if name == "Bo" and number == 3:
            break
        assert all(text in prompt_of(open_turn(studio, opened(studio)[0])) for text in said)
    why = studio.alice.get(f"/api/rooms/{studio.id}/messages/{_last_of(studio, 'Bob')}/wakes/").body
    assert {wake["why"] for wake in why["wakes"]} == {"run_is_on"}


def prompt_of(turn: Turn) -> str:
    """What it would be given now."""
    whole = Turn.objects.select_related("trigger_message__participant").get(pk=turn.pk)
    return "".join(message.content for message in request_for(whole).messages)


def _last_of(studio: Workshop, name: str) -> str:
    return str(Message.objects.filter(room=studio.uuid, participant__name=name).latest("seq").pk)


def test_whoever_is_called_by_name_answers_beside_the_run(studio: Workshop) -> None:
    """108"""
    run = start(studio)
    studio.bob.say(studio.id, "@Bo, is that so?")
    assert dispatch_room(studio.uuid) == 1
    turn = Turn.objects.get(room=studio.uuid, cause="mention")
    assert turn.run_id is None
    advance(run.pk)
    assert opened(studio) == ["Ada"]


@pytest.mark.parametrize("router", ["reply_only", "router"])
def test_the_rooms_policy_rests_meanwhile(studio: Workshop, router: str) -> None:
    """109"""
    studio.alice.command(studio.id, "room.change", wake_policy=router)
    start(studio)
    end(studio, "Ada", "First, the door.")
    studio.bob.say(studio.id, "Why the door?")
    assert dispatch_room(studio.uuid) == 0


def test_pause_lets_the_speaker_finish_and_nobody_follows(studio: Workshop) -> None:
    """110"""
    run = start(studio)
    assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).status == 200
    end(studio, "Ada", "First, the door.")
    assert opened(studio) == []
    assert reaper.drive_runs() == 0
    assert run_shape(studio)["state"] == "paused"
    assert studio.bob.command(studio.id, "run.resume", run_id=str(run.pk)).status == 200
    assert opened(studio) == ["Bo"]


def test_resumed_while_somebody_still_speaks_it_waits_for_them(studio: Workshop) -> None:
    """111"""
    run = start(studio)
    for kind in ("run.pause", "run.resume"):
        assert studio.bob.command(studio.id, kind, run_id=str(run.pk)).status == 200
    assert opened(studio) == ["Ada"]


def test_skip_goes_on_without_them(studio: Workshop) -> None:
    """112"""
    run = start(studio)
    assert studio.bob.command(studio.id, "run.skip", run_id=str(run.pk)).status == 200
    assert reaper.drive_runs() == 1
    assert opened(studio) == ["Bo"]
    skipped = run.turns.get(run_number=1)
    assert (skipped.state, skipped.error_code) == ("stopped", "skipped")


def test_one_of_several_is_skipped(studio: Workshop) -> None:
    """113"""
    seat_more(studio, "Cy")
    run = start(studio, "consensus")
    (bo,) = ids(studio, "Bo")
    assert studio.bob.command(studio.id, "run.skip", run_id=str(run.pk), participant_id=bo).status == 200
    assert opened(studio) == ["Ada", "Cy"]


@pytest.mark.parametrize("how", ["run.stop", "turn.stop_all"])
def test_stop_is_immediate_and_nothing_follows(studio: Workshop, how: str) -> None:
    """114"""
    run = start(studio)
    data: Json = {"run_id": str(run.pk)} if how == "run.stop" else {}
    assert studio.bob.command(studio.id, how, **data).status == 200
    assert opened(studio) == []
    advance(run.pk)
    assert reaper.drive_runs() == 0
    assert run.turns.count() == 1
    shape = run_shape(studio)
    assert shape["end"] == {"code": "stopped", "message": "Stopped by Bob."}
    # Again it changes nothing.
    assert studio.alice.command(studio.id, "run.stop", run_id=str(run.pk)).status == 200
    assert run_shape(studio)["end"]["message"] == "Stopped by Bob."
    assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).code == "run_ended"


def test_a_member_that_is_removed_is_passed_over(studio: Workshop) -> None:
    """115"""
    seat_more(studio, "Cy")
    start(studio)
    (ada,) = ids(studio, "Ada")
    assert studio.alice.command(studio.id, "participant.remove", participant_id=ada).status == 200
    assert stop_departed() == 1
    assert reaper.drive_runs() == 1
    assert opened(studio) == ["Bo"]
    end(studio, "Bo", "The roof.")
    end(studio, "Cy", "The floor.")
    assert opened(studio) == ["Bo"]


def test_too_few_members_end_it(studio: Workshop) -> None:
    """116"""
    start(studio)
    (bo,) = ids(studio, "Bo")
    assert studio.alice.command(studio.id, "persona.mute", participant_id=bo).status == 200
    end(studio, "Ada", "The door.")
    assert run_shape(studio)["end"]["code"] == "nobody_left"


def test_a_failure_of_one_member_is_passed_over_and_three_in_a_row_end_it(studio: Workshop) -> None:
    """117"""
    start(studio, rounds=4)
    end(studio, "Ada", state="failed")
    end(studio, "Bo", "The roof.")
    for name in ("Ada", "Bo", "Ada"):
        end(studio, name, state="failed")
    assert run_shape(studio)["end"] == {"code": "errors", "message": "The last 3 turns failed."}


def test_everybody_passes_and_it_is_over(studio: Workshop) -> None:
    """118"""
    start(studio, rounds=4)
    for name in ("Ada", "Bo"):
        end(studio, name, state="passed", error=ErrorShape(code="opt_out", message="Bo has said it."))
    assert run_shape(studio)["end"]["code"] == "all_passed"


def test_its_own_limits_and_conditions_hold(studio: Workshop) -> None:
    """119"""
    start(studio, rounds=9, max_turns=3)
    for name in ("Ada", "Bo", "Ada"):
        end(studio, name, f"{name}.")
    assert run_shape(studio)["end"]["code"] == "turns"
    # Several at once that would be too many are not begun.
    refused = start(studio, "council", max_turns=1)
    assert (refused.end_code, refused.turns.count()) == ("turns", 0)
    start(studio, stop={"all": [{"kind": "human"}, {"kind": "messages", "messages": 1}]})
    studio.bob.say(studio.id, "Enough.")
    end(studio, "Ada", "Yes.")
    assert run_shape(studio)["end"]["code"] == "messages"


def test_a_run_may_be_longer_than_a_chain(studio: Workshop, settings: Any) -> None:
    """120: the chain's counts are for hand-overs nobody planned; a run has its own limits."""
    settings.LLM_CHAIN_TURNS = settings.LLM_CHAIN_PERSONA = 2
    start(studio, rounds=3)
    for number in range(6):
        end(studio, "Ada" if number % 2 == 0 else "Bo", f"Turn {number}.")
    assert run_shape(studio)["end"]["code"] == "finished"


def test_a_spent_budget_in_a_parallel_phase_ends_it_with_what_is_there(studio: Workshop) -> None:
    """121"""
    seat_more(studio, "Cy")
    start(studio, "consensus", choices=["Monday", "Friday"])
    end(studio, "Ada", answer=Answer("Friday", 80, "It is quiet."))
    end(studio, "Bo", state="blocked", error=SPENT)
    assert opened(studio) == ["Cy"]
    end(studio, "Cy", state="blocked", error=SPENT)
    shape = run_shape(studio)
    assert shape["end"] == {"code": "cost", "message": SPENT.message}
    assert not shape["outcome"]["is_decided"]
    assert messages(studio)[1:] == ["Ada: **Friday** (80 % sure). It is quiet."]


def test_what_is_sealed_is_shown_to_nobody(studio: Workshop) -> None:
    """122"""
    seat_more(studio, "Cy")
    run = start(studio, "consensus", choices=["Monday", "Friday"])
    turn = end(studio, "Ada", "The parking lot is empty then.", answer=Answer("Friday", 80, "Quiet."))
    shape = run_shape(studio)
    assert (shape["is_sealed"], shape["in_ids"]) == (True, ids(studio, "Ada"))
    told = str(studio.alice.snapshot(studio.id)) + str(studio.alice.events(studio.id))
    told += str(studio.alice.get(f"/api/rooms/{studio.id}/runs/{run.pk}/").body)
    assert "parking" not in told
    assert "Quiet." not in told
    assert turn.message_id is None
    assert studio.alice.get(f"/api/rooms/{studio.id}/turns/{turn.pk}/given/").status == 404
    assert "parking" not in prompt_of(open_turn(studio, "Bo"))
    end(studio, "Bo", answer=Answer("Friday"))
    end(studio, "Cy", answer=Answer("Friday"))
    assert "Ada: The parking lot is empty then.\n\n**Friday** (80 % sure). Quiet." in messages(studio)
    assert not run_shape(studio)["is_sealed"]


def test_in_are_those_of_the_phase_that_is_on(studio: Workshop) -> None:
    """136: the answers that a council ranks are sealed still."""
    seat_more(studio, "Cy")
    start(studio, "council")
    for name in ("Ada", "Bo", "Cy"):
        end(studio, name, f"{name} thinks so.")
    shape = run_shape(studio)
    assert (shape["phase"], shape["is_sealed"], shape["in_ids"]) == ("ranking", True, [])
    end(studio, "Bo", answer=Answer(ranking=("A", "B")))
    assert run_shape(studio)["in_ids"] == ids(studio, "Bo")


def test_a_stop_in_a_sealed_phase_shows_what_was_said(studio: Workshop) -> None:
    """123"""
    seat_more(studio, "Cy")
    run = start(studio, "council")
    end(studio, "Ada", "The parking lot is empty then.")
    assert studio.bob.command(studio.id, "run.stop", run_id=str(run.pk)).status == 200
    assert messages(studio)[1:] == ["Ada: The parking lot is empty then."]
    assert run_shape(studio)["outcome"]["is_decided"] is False


def test_why_a_sealed_turn_passed_is_not_told(studio: Workshop) -> None:
    """124"""
    seat_more(studio, "Cy")
    start(studio, "council")
    turn = end(studio, "Ada", state="passed", error=ErrorShape(code="opt_out", message="Friday is clear."))
    assert turn.error_message == "It had nothing to say."


def test_the_leader_asks_people_and_goes_on_with_their_answer(studio: Workshop) -> None:
    """125"""
    seat_more(studio, "Cy")
    (cy,) = ids(studio, "Cy")
    run = start(studio, "leader", offices=[{"office": "leader", "participant_id": cy}])
    assert opened(studio) == ["Cy"]
    end(studio, "Cy", answer=Answer(question="Which day?", options=("Monday", "Friday")))
    shape = run_shape(studio)
    assert shape["state"] == "paused"
    assert shape["question"] == {"text": "Which day?", "options": ["Monday", "Friday"]}
    assert messages(studio)[-1] == "Cy: Which day?\n- Monday\n- Friday"
    answer = studio.alice.command(studio.id, "run.resume", run_id=str(run.pk), text="Friday")
    assert answer.status == 200
    assert messages(studio)[-1] == "Alice: Friday"
    assert opened(studio) == ["Cy"]
    end(studio, "Cy", answer=Answer(next="Bo", instruction="Plan the Friday."))
    assert open_turn(studio, "Bo").task == "Plan the Friday."


def test_an_outcome_is_told_and_edited_by_those_who_may(studio: Workshop) -> None:
    """126"""
    run = start(studio, "relay")
    end(studio, "Ada", "A draft.")
    end(studio, "Bo", "A better draft.")
    shape = run_shape(studio)
    outcome = shape["outcome"]
    assert (outcome["decision"], outcome["message_ids"]) == ("A better draft.", [_last_of(studio, "Bo")])
    edit: Json = {"run_id": str(run.pk), "decision": "The best draft.", "tasks": ["Print it."]}
    assert studio.bob.command(studio.id, "run.edit_outcome", **edit).status == 200
    edited = run_shape(studio)["outcome"]
    assert (edited["decision"], edited["tasks"][0]["text"]) == ("The best draft.", "Print it.")
    assert edited["edited_by"] == ids(studio, "Bob")[0]
    path = f"/api/rooms/{studio.id}/runs/{run.pk}/outcome/"
    assert studio.alice.patch(path, {"questions": ["Who pays?"]}).status == 200
    assert run_shape(studio)["outcome"]["tasks"][0]["text"] == "Print it."
    Run.objects.update(started_by=seat(studio, "Alice"))
    assert studio.bob.command(studio.id, "run.edit_outcome", **edit).status == 403


def test_all_of_it_over_rest(studio: Workshop) -> None:
    """127"""
    runs = f"/api/rooms/{studio.id}/runs/"
    modes = studio.bob.get("/api/modes/").body["results"]
    assert [mode["name"] for mode in modes][:2] == ["round_robin", "debate"]
    price = studio.bob.post(f"{runs}estimate/", {"mode": "round_robin"}).body
    assert (price["turns"], price["is_scripted"], price["usd"]) == (4, True, 0.0)
    started = studio.bob.post(runs, {"mode": "round_robin", "goal": GOAL})
    assert started.status == 201
    run = f"{runs}{started.body['id']}/"
    assert studio.bob.post(f"{run}pause/", {}).body["state"] == "paused"
    assert studio.bob.post(f"{run}resume/", {"text": "Go on."}).body["state"] == "running"
    assert studio.bob.post(f"{run}skip/", {}).status == 200
    assert studio.bob.post(f"{run}stop/", {}).body["end"]["code"] == "stopped"
    assert [one["id"] for one in studio.bob.get(runs).body["results"]] == [started.body["id"]]


def test_a_run_in_a_room_that_is_archived_ends(studio: Workshop) -> None:
    """128"""
    start(studio)
    assert studio.alice.command(studio.id, "room.archive").status == 200
    end(studio, "Ada", "The door.")
    assert run_shape(studio)["end"]["code"] == "room_archived"


def test_a_boundary_that_is_decided_twice_is_one(studio: Workshop) -> None:
    """129"""
    run = start(studio)
    for _ in range(3):
        advance(run.pk)
    assert RunStep.objects.filter(run=run).count() == 1
    end(studio, "Ada", "The door.")
    for _ in range(3):
        reaper.drive_runs()
    assert [step.decision["kind"] for step in run.steps.all()] == ["speak", "speak"]


def test_what_may_cost_more_than_is_left_is_not_begun(studio: Workshop) -> None:
    """135"""
    run = start(studio, rounds=4, max_usd=0.5)
    for name in ("Ada", "Bo"):
        turn = open_turn(studio, name)
        claimed = turns.claim(turn.pk, WORKER)
        assert claimed is not None
        turns.record_usage(claimed, UsageEntry(model=turn.model, cost_usd=Decimal("0.2")))
        assert turns.settle(claimed, "done", turns.Text("", 0))
        advance(run.pk)
    shape = run_shape(studio)
    assert (shape["cost_usd"], shape["end"]["code"], shape["turns"]) == (0.4, "cost", 2)


def test_what_a_run_could_not_afford_is_not_granted_by_hand(studio: Workshop) -> None:
    """132: it has ended, and its turns mean nothing alone."""
    start(studio)
    token = ErrorShape(code="token_limit", message="Too many tokens.")
    turn = end(studio, "Ada", state="blocked", error=token)
    assert studio.bob.command(studio.id, "chain.grant", turn_id=str(turn.pk)).code == "run_ended"


def retry(studio: Workshop, turn: Turn) -> str:
    """The code of the refusal, blank where it is asked for again."""
    return studio.bob.command(studio.id, "turn.retry", turn_id=str(turn.pk)).code


def test_a_failed_turn_of_a_run_is_taken_again_by_it(studio: Workshop) -> None:
    """133"""
    run = start(studio)
    turn = end(studio, "Ada", state="failed")
    assert studio.carol.command(studio.id, "turn.retry", turn_id=str(turn.pk)).status == 404
    for _ in range(2):
        answer = studio.bob.command(studio.id, "turn.retry", turn_id=str(turn.pk))
        assert (answer.status, answer.body["turn_id"]) == (200, str(turn.pk))
    # Whoever speaks is not disturbed, and nothing stands beside the run.
    assert opened(studio) == ["Bo"]
    assert not Turn.objects.exclude(run=run).exists()
    shown = next(t for t in studio.alice.snapshot(studio.id)["turns"] if t["id"] == str(turn.pk))
    assert shown["run"]["is_retaken"]
    end(studio, "Bo", "Shelves.")
    again = open_turn(studio, "Ada")
    assert (again.run_number, again.run_round, again.run_part) == (3, 1, "speaker")
    end(studio, "Ada", "Tools.")
    assert open_turn(studio, "Ada").run_round == 2


def test_a_paused_run_takes_it_again_when_it_goes_on(studio: Workshop) -> None:
    """136"""
    run = start(studio, "relay")
    assert studio.bob.command(studio.id, "run.pause", run_id=str(run.pk)).status == 200
    turn = end(studio, "Ada", state="failed")
    assert (retry(studio, turn), opened(studio)) == ("", [])
    assert studio.bob.command(studio.id, "run.resume", run_id=str(run.pk)).status == 200
    assert opened(studio) == ["Ada"]


def test_a_sealed_turn_is_taken_again_as_long_as_it_is_sealed(studio: Workshop) -> None:
    """137"""
    seat_more(studio, "Cy")
    start(studio, "debate", cast_ids=ids(studio, "Ada", "Bo", "Cy"))
    failed = end(studio, "Ada", state="failed")
    assert retry(studio, failed) == ""
    end(studio, "Bo", "Shelves.")
    last = end(studio, "Cy", state="failed")
    # Ada's is asked for alone, sealed as before.
    assert opened(studio) == ["Ada"]
    assert open_turn(studio, "Ada").is_sealed
    end(studio, "Ada", "Tools.")
    # Cy would have read the others' by now.
    assert newest_run(studio).phase == "rebuttals"
    assert retry(studio, last) == "turn_settled"


def test_what_the_run_has_gone_on_from_is_not_taken_again(studio: Workshop) -> None:
    """138: a leader was told of it and decides what follows; what is over stays as it is."""
    run = start(studio, "leader")
    end(studio, "Bo", answer=Answer(next="Ada", instruction="Draw it."))
    turn = end(studio, "Ada", state="failed")
    assert retry(studio, turn) == "turn_settled"
    assert studio.bob.command(studio.id, "run.stop", run_id=str(run.pk)).status == 200
    assert retry(studio, turn) == "turn_settled"
    assert not Turn.objects.exclude(run=run).exists()


def decisions(run: Run) -> list[Json]:
    return [step.decision for step in run.steps.order_by("number")]


def test_killed_at_each_boundary_it_decides_the_same(
    studio: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """130: a run of twelve turns, where every boundary dies before its commit, and is found by the sweep."""

    def play(*, is_killed: bool) -> list[Json]:
        start(studio, rounds=6)
        record = driver._record
        for number in range(12):
            name = "Ada" if number % 2 == 0 else "Bo"
            if not is_killed:
                end(studio, name, f"Words {number}.")
                continue

            def die(*args: Any, **kwargs: Any) -> None:
                record(*args, **kwargs)
                raise SystemExit("killed")

            monkeypatch.setattr(driver, "_record", die)
            with pytest.raises(SystemExit):
                end(studio, name, f"Words {number}.")
            monkeypatch.setattr(driver, "_record", record)
            assert opened(studio) == []
            assert reaper.drive_runs() == 1
        run = newest_run(studio)
        assert run.end_code == "finished"
        return decisions(run)

    whole = play(is_killed=False)
    assert play(is_killed=True) == whole
    assert len(whole) == 13


def test_whoever_types_has_the_floor_for_a_while(
    studio: Workshop, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """131"""
    looked: list[Any] = []
    monkeypatch.setattr(driver, "look_again", looked.append)
    run = start(studio)
    monkeypatch.setattr(typing, "is_anybody_typing", lambda room_id: True)
    end(studio, "Ada", "The door.")
    assert opened(studio) == []
    assert looked == [run.pk]
    settings.LLM_FLOOR_SECONDS = 0.001
    assert reaper.drive_runs() == 1
    assert opened(studio) == ["Bo"]
    # It begins anew at each boundary.
    settings.LLM_FLOOR_SECONDS = 15
    end(studio, "Bo", "The roof.")
    assert opened(studio) == []
    monkeypatch.setattr(typing, "is_anybody_typing", lambda room_id: False)
    assert reaper.drive_runs() == 1
    assert opened(studio) == ["Ada"]


def test_a_boundary_takes_as_many_statements_in_a_long_run_as_in_a_short_one(studio: Workshop) -> None:
    """134"""
    start(studio, rounds=9)
    counts = []
    for number in range(14):
        name = "Ada" if number % 2 == 0 else "Bo"
        turn = turns.claim(open_turn(studio, name).pk, WORKER)
        assert turn is not None
        assert turns.begin(turn, uuid4(), f"Words {number}.")
        assert turns.settle(turn, "done", turns.Text(f"Words {number}.", 0))
        with CaptureQueriesContext(connection) as captured:
            advance(newest_run(studio).pk)
        counts.append(len(captured))
    assert counts[-1] == counts[1] <= 32
