"""From one boundary of a run to the next, derived from rows alone.

Called after every end of a turn (a signal: the accelerator) and by the sweep of every process (the
guarantee). What has happened is read first, without a lock, since nobody else writes on SQLite while
one is held, and read again where the room has moved since. Then, in one transaction that holds the run:

1. Where somebody of the run still speaks, or has the floor since their hand was granted, the room is told
   how far it is, and that is all.
2. Limits and stop conditions are looked at; then its mode decides.
3. Whose hand was granted speaks before that, and what was decided is forgotten: it is decided again
   behind them, from the same turns.
4. Else the decision is written under the next number with the turns that follow from it, queued or,
   where a budget is used up, blocked.

So whatever dies in between, the same is decided again from the same rows, once.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, assert_never
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from llm import spending, wakes
from llm.claims import Claimed
from llm.guard import Refusal
from llm.hands import floor
from llm.hands.shaping import is_any_up
from llm.models import Chain, Hand, Run, RunStep, Turn
from llm.once import reading_once
from llm.orchestration import conditions
from llm.orchestration.registry import BY_NAME
from llm.orchestration.values import (
    Decision,
    Finish,
    FinishReason,
    History,
    Mode,
    Speak,
    SpeakTogether,
    Speech,
    Wait,
)
from llm.runs import outcomes
from llm.runs.ahead import Ahead, prepare, turns_of
from llm.runs.history import history_of, seconds_of
from llm.runs.opening import is_anything_to_show, open_phases, show_answers
from llm.runs.rows import Rows, rows_of
from llm.runs.shaping import publish
from llm.turns import OPEN
from rooms import background, eventlog, typing
from rooms.database import in_database

logger = logging.getLogger(__name__)

# Refusals by which no turn of the run could be afforded any more.
_SPENT = frozenset({"token_limit", "chain_budget", "room_budget", "person_budget"})
# Ends behind which nobody who was granted it speaks.
_SILENCING = frozenset({"stopped", "room_archived"})
_END_CHARACTERS = 300
_INTERNAL = Finish("internal", "Something went wrong on our side.")
# Decisions in one go whose turns all are refused at once.
_AT_ONCE = 5
_LOOK_AGAIN_SECONDS = 0.5
# What the next turn's prompt is made from.
_TO_SPEAK = ("message", "chain__person")


def advance(run_id: UUID, worker: UUID | None = None) -> Claimed | None:
    """Decide what is next in a run, if it is at a boundary. Harmless at any time, any number of times.

    Whoever asks for a `worker` runs what is returned: the next turn, which is that worker's already.
    """
    for _ in range(_AT_ONCE):
        with reading_once():
            foreseen = _foresee(run_id, worker)
            if not _go_on(run_id, foreseen):
                ahead = foreseen.ahead if foreseen is not None else None
                return ahead.claimed if ahead is not None else None
    return None


def _go_on(run_id: UUID, foreseen: _Foreseen | None) -> bool:
    """True where the next boundary is reached already."""
    with eventlog.transaction():
        run = _held(run_id, foreseen)
        if run is not None and run.state == Run.State.PAUSED:
            _rest(run)
        return run is not None and run.state == Run.State.RUNNING and _step(run, foreseen)


_follower = threading.local()


@contextmanager
def followed(run_id: UUID | None) -> Iterator[None]:
    """Whoever ends a turn of this run here calls `advance` behind it: nobody else has to."""
    _follower.run_id = run_id
    try:
        yield
    finally:
        _follower.run_id = None


def is_followed(run_id: UUID) -> bool:
    """Whether somebody on this thread goes on with the run."""
    return getattr(_follower, "run_id", None) == run_id


def due() -> list[UUID]:
    """Runs that are on and in which nobody has spoken for a moment: their boundary was lost. Where
    somebody has just finished, what that end set off is about to decide, and would only be hindered. Of
    those that are paused the ones in which a granted hand waits."""
    just_now = timezone.now() - timedelta(seconds=settings.LLM_LOST_BOUNDARY_SECONDS)
    busy = Turn.objects.filter(run__isnull=False).filter(Q(state__in=OPEN) | Q(ended_at__gt=just_now))
    heard = Turn.objects.filter(state__in=OPEN, cause=Turn.Cause.HAND)
    still = Run.objects.exclude(pk__in=busy.values("run_id")).exclude(room__in=heard.values("room_id"))
    waiting = still.filter(state=Run.State.RUNNING)
    granted = Hand.objects.filter(state=Hand.State.GRANTED, turn=None, participant__left_at=None)
    # What is sealed is opened when the run goes on, and not before.
    sealed = Turn.objects.filter(is_sealed=True, run__isnull=False)
    paused = still.filter(state=Run.State.PAUSED, room__in=granted.values("room_id"))
    paused = paused.exclude(pk__in=sealed.values("run_id"))
    ids = [list(runs.order_by("created_at").values_list("pk", flat=True)[:200]) for runs in (waiting, paused)]
    return [*ids[0], *ids[1]]


def held(run_id: UUID) -> Run | None:
    """The run, locked: before its chain, its turns and its room, in this order."""
    runs = Run.objects.select_related("room", "message", "started_by")
    return runs.select_for_update(of=("self",), no_key=True).filter(pk=run_id).first()


def finish(run: Run, reason: FinishReason, message: str) -> None:
    """End the run, which the caller holds and whose turns have all ended, and say why."""
    run.seconds, run.counted_from = seconds_of(run), None
    run.state, run.ended_at = Run.State.ENDED, timezone.now()
    run.end_code, run.end_message = reason, message[:_END_CHARACTERS]
    run.question, run.options = "", []
    run.save()
    open_phases(run, history_of(run), None)
    mode = BY_NAME.get(run.mode)
    if mode is not None:
        try:
            outcomes.keep(run, mode, history_of(run))
        except Exception:
            # The end must not hang on what is made of it.
            logger.exception("Run %s: its outcome could not be told", run.pk)
    floor.at_end(run, may_speak=reason not in _SILENCING)
    publish(run)


@dataclass(frozen=True)
class _Foreseen:
    """What was read of a run before it was held. Who types is no event: that may be older. `speaking` are
    who has an open turn in the room, in the run or not."""

    run: Run
    rows: Rows
    history: History
    speaking: Collection[UUID]
    is_hand_up: bool
    is_floor_taken: bool
    # Only of what was read before, and only where nothing comes before the decision.
    decision: Decision | None = None
    ahead: Ahead | None = None
    is_typed: bool = False


def _held(run_id: UUID, foreseen: _Foreseen | None) -> Run | None:
    """As `held`; where nothing has happened since the run was foreseen, that very one: whatever was read of
    it, a change of it is an event."""
    if foreseen is not None:
        runs = Run.objects.filter(pk=run_id).annotate(head=F("room__head_seq")).only("state", "revision")
        now = runs.select_for_update(of=("self",), no_key=True).first()
        run = foreseen.run
        known = (run.state, run.revision, run.room.head_seq)
        if now is not None and (now.state, now.revision, now.head) == known:
            return run
    return held(run_id)


def _foresee(run_id: UUID, worker: UUID | None) -> _Foreseen | None:
    """None where it is not on."""
    runs = Run.objects.select_related("room", *_TO_SPEAK)
    run = runs.filter(pk=run_id, state=Run.State.RUNNING).first()
    if run is None:
        return None
    is_typed = settings.LLM_FLOOR_SECONDS > 0 and typing.is_anybody_typing(run.room_id)
    foreseen = replace(_read(run), is_typed=is_typed)
    history = foreseen.history
    is_silent = history.is_at_boundary and not foreseen.is_floor_taken
    if not is_silent or is_anything_to_show(history):
        return foreseen
    decision = _decision(run, history)
    ahead = None
    if worker is not None and not foreseen.is_hand_up and not (is_typed and history.taken):
        ahead = prepare(run, history, decision, worker, busy=foreseen.speaking)
    return replace(foreseen, decision=decision, ahead=ahead)


def _read(run: Run) -> _Foreseen:
    rows = rows_of(run.pk)
    open_turns = Turn.objects.filter(room=run.room_id, state__in=OPEN)
    speaking = list(open_turns.values_list("participant_id", "cause"))
    return _Foreseen(
        run=run,
        rows=rows,
        history=history_of(run, rows),
        speaking={who for who, _ in speaking},
        is_hand_up=is_any_up(run.room_id),
        is_floor_taken=any(cause == Turn.Cause.HAND for _, cause in speaking),
    )


def _step(run: Run, foreseen: _Foreseen | None) -> bool:
    """True where the next boundary is reached already, since nobody may speak."""
    is_typed = foreseen is not None and foreseen.is_typed
    if foreseen is None or foreseen.run is not run:
        foreseen = _read(run)
    history = replace(foreseen.history, seconds=seconds_of(run))
    if not history.is_at_boundary or foreseen.is_floor_taken:
        publish(run, rows=foreseen.rows)
        return False
    if is_typed and history.taken and _holds_the_floor(run):
        return False
    if show_answers(run, history):
        history = history_of(run)
    decision = foreseen.decision or _decision(run, history)
    granted = floor.next_in_run(run, history, decision) if foreseen.is_hand_up else None
    if granted is not None:
        return not _let_speak(run, history, granted)
    _record(run, history, decision, number=foreseen.rows.steps + 1)
    match decision:
        case Speak():
            return _speak(run, foreseen, history, [decision.speech], decision.opens)
        case SpeakTogether():
            return _speak(run, foreseen, history, decision.speeches, decision.opens)
        case Wait():
            _wait(run, decision)
            return False
        case Finish():
            finish(run, decision.reason, decision.message)
            return False
        case _:
            assert_never(decision)


def _rest(run: Run) -> None:
    """Of a run that is paused: whoever was speaking has finished. Whom people let speak does so at once,
    since a pause is theirs."""
    history = history_of(run)
    if history.is_at_boundary and not floor.is_taken(run.room_id):
        granted = floor.next_in_run(run, history, None)
        if granted is not None:
            _let_speak(run, history, granted)
            return
    publish(run)


def _let_speak(run: Run, history: History, granted: floor.Granted) -> bool:
    """False where that can't be paid."""
    is_given = floor.give_in_run(run, granted, _too_dear(run, history))
    publish(run)
    return is_given


def _too_dear(run: Run, history: History) -> Refusal | None:
    if not _may_pass_its_limit(run, history, 1):
        return None
    return Refusal("chain_budget", f"What is left of the run's {run.max_usd:g} USD may not be enough.")


def _holds_the_floor(run: Run) -> bool:
    """Whether whoever types may finish first. Looked at again in a moment, and by every sweep."""
    now = timezone.now()
    if run.held_from is None:
        run.held_from = now
        run.save(update_fields=["held_from"])
    if (now - run.held_from).total_seconds() >= settings.LLM_FLOOR_SECONDS:
        return False
    transaction.on_commit(lambda: look_again(run.pk), robust=True)
    return True


def look_again(run_id: UUID) -> None:
    """In a moment, on the background loop."""
    background.submit(_later(run_id))


async def _later(run_id: UUID) -> None:
    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    try:
        await in_database(advance, run_id)
    except Exception as error:
        logger.warning("Run %s could not go on, the sweep will see to it: %s", run_id, type(error).__name__)


def _decision(run: Run, history: History) -> Decision:
    """Limits first, then the mode."""
    mode = BY_NAME.get(run.mode)
    if mode is None:
        return Finish("internal", "This mode is not there any more.")
    if run.room.archived_at is not None:
        return Finish("room_archived", "The room was archived.")
    refused = next((turn for turn in reversed(history.taken) if turn.code in _SPENT), None)
    if refused is not None:
        message = run.turns.values_list("error_message", flat=True).get(run_number=refused.number)
        return Finish("cost", message)
    met = conditions.from_data(run.stop).met(history)
    if met is not None:
        return Finish(met.reason, met.message)
    if len(history.cast) < mode.least:
        return Finish("nobody_left", "Too few of its personas are left in the room.")
    return _of_mode(run, mode, history)


def _of_mode(run: Run, mode: Mode, history: History) -> Decision:
    try:
        decision = mode.decide(history)
    except Exception:
        logger.exception("Run %s: mode %s could not decide", run.pk, run.mode)
        return _INTERNAL
    if isinstance(decision, Speak | SpeakTogether) and (beyond := _beyond(run, history, decision)):
        return beyond
    if isinstance(decision, Wait) and not decision.question:
        # Nobody speaks, and nobody is asked: it would wait for ever.
        logger.error("Run %s: mode %s waits for nothing", run.pk, run.mode)
        return _INTERNAL
    return decision


def _beyond(run: Run, history: History, decision: Speak | SpeakTogether) -> Finish | None:
    """Its limits are looked at before anything is spent, and not when it is too late."""
    many = len(decision.speeches) if isinstance(decision, SpeakTogether) else 1
    if len(history.taken) + many > run.max_turns:
        return Finish("turns", f"It may take {run.max_turns} turns, and {many} more would be too many.")
    if _may_pass_its_limit(run, history, many):
        return Finish("cost", f"What is left of its {run.max_usd:g} USD may not be enough for what comes.")
    return None


def _may_pass_its_limit(run: Run, history: History, many: int) -> bool:
    """Whether so many turns more might: each may cost what the dearest one did."""
    dearest = max((turn.usd for turn in history.taken), default=0.0)
    return run.max_usd is not None and history.usd + many * dearest > float(run.max_usd)


def _record(run: Run, history: History, decision: Decision, *, number: int) -> None:
    RunStep.objects.create(run=run, number=number, decision=as_data(decision, after=len(history.taken)))


def as_data(decision: Decision, *, after: int) -> dict[str, Any]:
    """What is kept of a decision. `after`: behind how many turns it was made."""
    kinds = {Speak: "speak", SpeakTogether: "together", Wait: "wait", Finish: "finish"}
    data: dict[str, Any] = {"kind": kinds[type(decision)], "after": after}
    match decision:
        case Speak() | SpeakTogether():
            speeches = [decision.speech] if isinstance(decision, Speak) else decision.speeches
            data["speeches"] = [
                {**asdict(speech), "member": str(speech.member), "ask": speech.ask and speech.ask.kind}
                for speech in speeches
            ]
            data["opens"] = list(decision.opens)
        case Wait():
            data |= {"question": decision.question, "options": list(decision.options)}
        case Finish():
            data |= {"reason": decision.reason, "message": decision.message}
        case _:
            assert_never(decision)
    return data


def _speak(
    run: Run, foreseen: _Foreseen, history: History, speeches: Sequence[Speech], opens: Sequence[str]
) -> bool:
    if opens:
        open_phases(run, history, opens)
    chain = wakes.held(run.chain_id)
    taken = foreseen.ahead.take(chain) if foreseen.ahead is not None else None
    turns = [taken] if taken is not None else turns_of(run, chain, history, speeches)
    if taken is None:
        _refuse(run, chain, turns)
    run.phase, run.round = speeches[0].phase, speeches[0].round
    run.question, run.options, run.held_from = "", [], None
    wakes.write(turns)
    rows = None if opens else foreseen.rows.followed_by(turns)
    publish(run, changed=("phase", "round", "question", "options", "held_from"), rows=rows)
    return all(turn.state == Turn.State.BLOCKED for turn in turns)


def _refuse(run: Run, chain: Chain, turns: Sequence[Turn]) -> None:
    """Those for which no budget is left."""
    refusals = spending.refusals_for_wakes(run.room, chain, {turn.model for turn in turns if turn.model})
    for turn in turns:
        if (refusal := refusals.get(turn.model)) is not None:
            wakes.refuse(turn, refusal)


def _wait(run: Run, decision: Wait) -> None:
    run.seconds, run.counted_from = seconds_of(run), None
    run.state = Run.State.PAUSED
    run.question, run.options = decision.question, list(decision.options)
    publish(run, changed=("seconds", "counted_from", "state", "question", "options"))
