"""What people may do with runs."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone

from llm import cursors, turns
from llm.actions import end_turns
from llm.models import Chain, Run, RunOutcome, Turn
from llm.orchestration import conditions
from llm.runs import driver, outcomes
from llm.runs.history import seconds_of
from llm.runs.live import LIVE
from llm.runs.protocol import OutcomeEdit, PointShape, StartRun
from llm.runs.shaping import publish
from llm.runs.starting import prepare
from rooms import eventlog
from rooms.access import Seat, allows
from rooms.actions.messages import post_message
from rooms.errors import ParleyError, not_found
from rooms.models import Room
from rooms.protocol.shapes import ErrorShape


def start_run(*, by: Seat, asked: StartRun, command_id: UUID) -> Run:
    """Post the goal as a message of `by` that wakes nobody, and let the first ones speak.

    Raises `run_live` where one is on already, `invalid` where what is asked for can't be run.
    """
    with eventlog.transaction():
        # Nobody is granted the floor beside it meanwhile.
        cursors.held(by.room.pk)
        # Locked: of two who start at once, the second finds the first's.
        room = Room.objects.select_for_update(no_key=True).get(pk=by.room.pk)
        if Run.objects.filter(room=room, state__in=LIVE).exists():
            raise ParleyError("run_live", "A run is on in this room; stop it first.")
        prepared = prepare(room, asked)
        setup = prepared.setup
        message = post_message(by=by, text=asked.goal, reply_to_id=None, command_id=command_id, is_quiet=True)
        run = Run.objects.create(
            id=uuid4(),
            room=room,
            chain=Chain.objects.create(room=room, message=message, person=by.participant),
            message=message,
            started_by=by.participant,
            mode=prepared.mode.name,
            goal=message.text,
            cast=[str(id_) for id_ in setup.cast],
            offices={office: str(id_) for office, id_ in setup.offices},
            rounds=setup.rounds,
            quorum=setup.quorum,
            choices=list(setup.choices),
            stop=conditions.to_data(prepared.stop),
            max_turns=prepared.max_turns,
            max_usd=asked.max_usd or None,
            counted_from=timezone.now(),
        )
        driver.advance(run.pk)
        return run


def pause_run(*, by: Seat, run_id: UUID) -> None:
    """Begin nothing new; who is speaking finishes. Raises `not_found`, or `run_ended`."""
    with eventlog.transaction():
        run = _live(by, run_id)
        if run.state == Run.State.PAUSED:
            return
        run.seconds, run.counted_from = seconds_of(run), None
        run.state = Run.State.PAUSED
        publish(run, changed=("seconds", "counted_from", "state"))


def resume_run(*, by: Seat, run_id: UUID, text: str, command_id: UUID) -> None:
    """Go on, behind what `by` says first, if they do. Raises as `pause_run`."""
    with eventlog.transaction():
        run = _live(by, run_id)
        if text:
            post_message(by=by, text=text, reply_to_id=None, command_id=command_id, is_quiet=True)
        if run.state == Run.State.RUNNING:
            return
        run.state, run.counted_from = Run.State.RUNNING, timezone.now()
        run.question, run.options = "", []
        run.save(update_fields=["state", "counted_from", "question", "options"])
        # Who still speaks since before the pause is waited for.
        if not _open_turns(run).exists():
            driver.advance(run.pk)
        else:
            publish(run)


def skip_turn(*, by: Seat, run_id: UUID, participant_id: UUID | None) -> None:
    """End the open turns of the run, or those of one persona; the run goes on without them. Raises as
    `pause_run`."""
    with eventlog.transaction():
        run = _live(by, run_id)
        open_turns = _open_turns(run)
        if participant_id is not None:
            open_turns = open_turns.filter(participant=participant_id)
        error = ErrorShape(code="skipped", message=f"Skipped by {by.participant.name}.")
        end_turns(open_turns, lambda turn: error)
    # Their ends are events, at which the run goes on.


def stop_run(*, by: Seat, run_id: UUID) -> int:
    """End the run at once, with all of its turns; returns how many. One that has ended stays as it is.
    Raises `not_found`."""
    with eventlog.transaction():
        run = driver.held(run_id)
        if run is None or run.room_id != by.room.pk:
            raise not_found()
        return _stop(run, by) if run.state != Run.State.ENDED else 0


def stop_runs(*, by: Seat) -> int:
    """End the run that is on in the room, if there is one; returns how many turns ended by it."""
    live = Run.objects.filter(room=by.room, state__in=LIVE)
    return sum(stop_run(by=by, run_id=run_id) for run_id in list(live.values_list("pk", flat=True)))


def pin_outcome(*, by: Seat, run_id: UUID, is_pinned: bool) -> None:
    """Keep the outcome in sight, or let it go. Where outcomes.PINNED_MOST are pinned already, the oldest
    goes. Raises `not_found`, also where there is no outcome."""
    with eventlog.transaction():
        pinned = outcomes.held_pinned(by.room.pk, run_id)
        run = next((run for run in pinned if run.pk == run_id), None)
        outcome = RunOutcome.objects.filter(run=run).first() if run else None
        if run is None or outcome is None:
            raise not_found()
        if outcome.is_pinned == is_pinned:
            return
        outcome.is_pinned = is_pinned
        outcome.save(update_fields=["is_pinned"])
        publish(run)
        if is_pinned:
            outcomes.unpin_oldest(pinned, leave=run)


def edit_outcome(*, by: Seat, run_id: UUID, edit: OutcomeEdit) -> None:
    """What is given replaces what there was. Raises `not_found`, also where there is no outcome, or
    `not_allowed` but for who started the run, owners and moderators."""
    with eventlog.transaction():
        run = driver.held(run_id)
        if run is None or run.room_id != by.room.pk:
            raise not_found()
        outcome = RunOutcome.objects.select_for_update(no_key=True).filter(run=run).first()
        if outcome is None:
            raise not_found()
        if run.started_by_id != by.participant.pk and not allows(by.participant, "moderate"):
            raise ParleyError("not_allowed", "Who started it, an owner or a moderator may edit this.")
        body = dict(outcome.body)
        if edit.decision is not None:
            body["decision"] = edit.decision
        for name, lines in (("questions", edit.questions), ("tasks", edit.tasks)):
            if lines is not None:
                body[name] = _points(lines, body[name])
        outcome.body, outcome.edited_by, outcome.edited_at = body, by.participant, timezone.now()
        outcome.save()
        publish(run)


def _points(lines: list[str], known: list[dict[str, object]]) -> list[dict[str, object]]:
    """A line that stays keeps the messages that it comes from."""
    kept = {point["text"]: point for point in known}
    return [kept.get(line, PointShape(text=line, message_ids=[]).model_dump(mode="json")) for line in lines]


def _live(by: Seat, run_id: UUID) -> Run:
    run = driver.held(run_id)
    if run is None or run.room_id != by.room.pk:
        raise not_found()
    if run.state == Run.State.ENDED:
        raise ParleyError("run_ended", "This run has ended.")
    return run


def _open_turns(run: Run) -> QuerySet[Turn]:
    return Turn.objects.filter(run=run, state__in=turns.OPEN)


def _stop(run: Run, by: Seat) -> int:
    error = ErrorShape(code="stopped", message=f"Stopped by {by.participant.name}.")
    # Ended first, so that no end of a turn can be a boundary of a run that is on.
    run.state = Run.State.ENDED
    run.save(update_fields=["state"])
    stopped = end_turns(_open_turns(run), lambda turn: error)
    driver.finish(run, "stopped", error.message)
    return stopped
