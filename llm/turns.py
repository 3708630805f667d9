"""The life of a turn as conditional updates: claim, renew, begin, settle, stop, expire.

Whoever changes a turn acts only if one row changed, so nothing starts or ends twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, cast
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.utils import timezone

from llm import spending, stagger
from llm.fencing import Fenced
from llm.models import SealedText, Thinking, Turn, UsageEntry
from llm.protocol import TurnChanged
from llm.queue import enqueue_on_commit
from llm.shaping import turn_shape
from rooms import eventlog, livetext
from rooms.actions.streaming import (
    begin_message,
    checkpoint_messages,
    finish_message,
    resume_message,
)
from rooms.models import Message, Participant
from rooms.protocol.shapes import ErrorShape

OPEN = (Turn.State.QUEUED, Turn.State.RUNNING)
# Blocked: after its claim, where no budget was left for the call.
EndState = Literal["done", "passed", "stopped", "failed", "blocked"]
_MESSAGE_STATES: dict[EndState, Literal["complete", "stopped", "failed"]] = {
    "done": "complete",
    "passed": "complete",
    "stopped": "stopped",
    "failed": "failed",
    "blocked": "stopped",
}

WORKER_LOST = ErrorShape(code="worker_lost", message="The reply was cut off on our side. Try again.")
# Of a reply that is complete, as far as its model may go.
CUT_BY_LENGTH = ErrorShape(code="length", message="Cut off at the model's limit.")
SEALED_PASS = ErrorShape(code="opt_out", message="It had nothing to say.")
MESSAGE_GONE = ErrorShape(code="message_gone", message="The message to go on with is not there any more.")


# What its prompt is made from; of a poll and of a run only where there is one, since a joined table costs
# more to ask for than to read, also where nothing is in it.
_TO_SPEAK = ("participant", "room", "trigger_message")
_OF_POLL, _OF_RUN = "trigger_message__poll", "run__message"


@dataclass(frozen=True)
class Text:
    """A reply's text and the index of its last delta."""

    text: str
    index: int


@dataclass(frozen=True)
class Thought:
    """What a turn thought, and for how long."""

    text: str
    seconds: int


@dataclass(frozen=True)
class Outcome:
    """What else a turn came to: see the fields of Turn."""

    handovers: Sequence[dict[str, Any]] = ()
    is_handing_over_by_tool: bool = False
    cut_speaker: str = ""


@dataclass(frozen=True)
class Call:
    """What the `number`th call of a turn used. `said` is what it wrote, by which budgets count where `used`
    does not tell."""

    used: UsageEntry
    number: int = 1
    said: str = ""


def claim(turn_id: UUID, worker: UUID) -> Turn | None:
    """Take the oldest queued turn of `turn_id`'s persona for this worker, raising its fence.

    The id is only a nudge: tasks get lost and overtake each other, and a persona's turns
    run in order. None when nothing waits, or when the persona is speaking in another
    turn: the end of that one sends the next.
    """
    return next(iter(claim_together([turn_id], worker)), None)


def claim_together(turn_ids: Collection[UUID], worker: UUID) -> list[Turn]:
    """`claim` for several at once, without those of which nothing comes."""
    # Each by itself: a persona's queue may be long, and only its head is wanted.
    found = (_oldest_waiting(id_) for id_ in turn_ids)
    waiting = {one[0]: one for one in found if one is not None}
    if not waiting:
        return []
    related = list(_TO_SPEAK)
    if any(run_id is not None for _, run_id, _ in waiting.values()):
        related.append(_OF_RUN)
    if any(kind == Message.Kind.POLL for _, _, kind in waiting.values()):
        related.append(_OF_POLL)
    # Whole, before the transaction, in which nobody else writes on SQLite.
    seen = list(Turn.objects.select_related(*related).filter(pk__in=waiting).order_by("created_at", "id"))
    try:
        with eventlog.transaction():
            return _taken(seen, worker)
    except IntegrityError:  # one_running_turn_a_persona
        return [turn for id_ in waiting if (turn := claim(id_, worker))] if len(waiting) > 1 else []


def _oldest_waiting(turn_id: UUID) -> tuple[UUID, UUID | None, str] | None:
    """The turn, its run, and the kind of the message that woke it."""
    persona = Turn.objects.filter(pk=turn_id).values("participant_id")
    waiting = Turn.objects.filter(participant_id__in=persona, state=Turn.State.QUEUED)
    # Those of people, in a run, are theirs.
    waiting = waiting.filter(participant__kind=Participant.Kind.PERSONA)
    return waiting.order_by("created_at", "id").values_list("pk", "run_id", "trigger_message__kind").first()


def _taken(seen: Sequence[Turn], worker: UUID) -> list[Turn]:
    """Those of the turns that still wait as they were seen, in this order, now of this worker."""
    queued = Turn.objects.filter(pk__in=[turn.pk for turn in seen], state=Turn.State.QUEUED)
    # Where rows are locked one after the other: in the same order by whoever takes several.
    locked = queued.order_by("pk").select_for_update(no_key=True)
    fences = dict(locked.values_list("pk", "fence"))
    ours = [turn for turn in seen if fences.get(turn.pk) == turn.fence]
    started_at = timezone.now()
    Turn.objects.filter(pk__in=[turn.pk for turn in ours]).update(
        state=Turn.State.RUNNING,
        fence=F("fence") + 1,
        worker=worker,
        lease_until=_lease(),
        started_at=started_at,
    )
    for turn in ours:
        turn.state, turn.fence = Turn.State.RUNNING, turn.fence + 1
        turn.worker, turn.started_at = worker, started_at
    return [turn for turn in ours if _begins(turn)]


def own(turn: Turn, worker: UUID) -> None:
    """A turn that is about to be written becomes one that this worker has claimed. See `wakes.write`."""
    turn.state, turn.fence, turn.worker = Turn.State.RUNNING, 1, worker
    turn.lease_until = _lease()


def _begins(turn: Turn) -> bool:
    """False where the message to go on with is not there any more."""
    if turn.message_id is not None and not resume_message(
        message_id=turn.message_id, turn_id=turn.pk, fence=turn.fence
    ):
        settle(turn, "failed", Text("", 0), MESSAGE_GONE)
        return False
    _append(turn)
    return True


def renew(worker: UUID, turn_ids: Collection[UUID]) -> set[UUID]:
    """Renew the lease of those of `turn_ids` that this worker still runs; returns them.

    The others were stopped or taken away. Only turns that the worker knows of are
    renewed: one that it lost sight of must run out.
    """
    mine = Turn.objects.filter(worker=worker, state=Turn.State.RUNNING, pk__in=turn_ids).order_by()
    with transaction.atomic():  # on SQLite a statement alone would stand in no queue
        mine.update(lease_until=_lease())
        return set(mine.values_list("pk", flat=True))


@contextmanager
def holding(turn: Turn) -> Iterator[None]:
    """A transaction in which the turn stays this worker's, for what it does besides its text.

    Raises Fenced where it is not any more.
    """
    with eventlog.transaction():
        owned = Turn.objects.filter(pk=turn.pk, fence=turn.fence, state=Turn.State.RUNNING)
        if owned.select_for_update(no_key=True).values_list("pk").first() is None:
            raise Fenced
        yield


def so_far(turn: Turn) -> Text | None:
    """What a claimed turn goes on from; None where it begins a message of its own."""
    if turn.message_id is None:
        return None
    message = Message.objects.get(pk=turn.message_id)
    return Text(message.text, message.index)


def begin(
    turn: Turn,
    message_id: UUID,
    text: str,
    *,
    thought_seconds: int | None = None,
    is_repeat: bool = False,
) -> bool:
    """The first visible text: the message exists from here. False when fenced off.

    `is_repeat`: an earlier try failed, and may have been committed all the same.
    """
    with eventlog.transaction():
        owned = Turn.objects.filter(pk=turn.pk, fence=turn.fence, state=Turn.State.RUNNING)
        if not owned.update(message_id=message_id, thought_seconds=thought_seconds):
            return False
        if is_repeat and Message.objects.filter(pk=message_id).exists():
            return True
        begin_message(
            by=turn.participant,
            message_id=message_id,
            turn_id=turn.pk,
            fence=turn.fence,
            text=text,
            # What a run says answers no single message; its goal is shown with the run.
            reply_to_id=None if turn.run_id is not None else turn.trigger_message_id,
        )
        turn.message_id, turn.thought_seconds = message_id, thought_seconds
        _append(turn)
        return True


def fall_back(turn: Turn, failed: str, error: ErrorShape, model: str, *, is_scripted: bool) -> bool:
    """Another `model` answers from here, since `failed` did not. Twice is once. False when fenced off."""
    before = [failure for failure in turn.failed_models if failure["model"] != failed]
    failures = [*before, {"model": failed, "code": error.code, "message": error.message}]
    with eventlog.transaction():
        owned = Turn.objects.filter(pk=turn.pk, fence=turn.fence, state=Turn.State.RUNNING)
        if not owned.update(model=model, is_scripted=is_scripted, failed_models=failures):
            return False
        turn.model, turn.is_scripted, turn.failed_models = model, is_scripted, failures
        _append(turn)
        return True


def checkpoint(reached: Mapping[Turn, Text]) -> set[Turn]:
    """Keep the texts so far in the database, together. Returns whose could be: not of those that are fenced
    off, or whose end is being written."""
    of_messages = {
        turn.message_id: livetext.LiveText(turn.fence, text.index, text.text)
        for turn, text in reached.items()
        if turn.message_id is not None
    }
    kept = checkpoint_messages(of_messages)
    return {turn for turn in reached if turn.message_id in kept}


def settle(
    turn: Turn,
    state: EndState,
    reached: Text,
    error: ErrorShape | None = None,
    thought: Thought | None = None,
    outcome: Outcome | None = None,
    calls: Sequence[Call] = (),
) -> bool:
    """The worker's own end of its turn. False when fenced off, and then nothing changed.

    Only a turn that is done hands over. What its `calls` used is kept either way.
    """
    with eventlog.transaction():
        try:
            current, recorded = _locked(turn.pk)
        except Turn.DoesNotExist:  # its room was deleted
            return False
        # First, so that the event of the end tells it.
        is_news = [_record(current, call, turn.fence, recorded) for call in calls]
        if (current.fence, current.state) != (turn.fence, Turn.State.RUNNING):
            if any(is_news):
                _tell_late(current, recorded)
            return False
        if turn.is_sealed and state == "passed":
            error = SEALED_PASS  # why would be told before the others have answered
        columns = _end_of(state, error) | {"reserved_usd": current.reserved_usd}
        if outcome is not None and state == "done":
            columns |= _columns_of(outcome)
        _write(current, columns)
        _keep(current, thought)
        _finish_message(current, reached, error)
        _told(current, recorded)
        if turn.is_sealed and state == "done" and reached.text.strip():
            SealedText.objects.create(turn=turn, text=reached.text.strip())
        return True


def _columns_of(outcome: Outcome) -> dict[str, Any]:
    return {
        "handovers": list(outcome.handovers),
        "is_handing_over_by_tool": outcome.is_handing_over_by_tool,
        "cut_speaker": outcome.cut_speaker,
    }


def record_usage(turn: Turn, entry: UsageEntry, *, number: int = 1, said: str = "") -> None:
    """Keep what the turn's `number`th call used, whoever owns the turn now, and tell it where the turn has
    been ended without it. `said` is what it wrote, by which budgets count where `entry` does not tell."""
    with eventlog.transaction():
        current, recorded = _locked(turn.pk)
        if _record(current, Call(entry, number, said), turn.fence, recorded):
            _tell_late(current, recorded)


def _locked(turn_id: UUID) -> tuple[Turn, list[UsageEntry]]:
    """The turn and what is recorded of its calls. Locked: an end from outside sees what is written here, or
    is seen here."""
    turn = Turn.objects.select_for_update(no_key=True).get(pk=turn_id)
    return turn, list(turn.usage.all())


def _tell_late(turn: Turn, recorded: Sequence[UsageEntry]) -> None:
    """What a call used of a turn that goes on, or that was ended without it."""
    turn.save(update_fields=["reserved_usd"])
    if turn.state not in OPEN:
        _append(turn, recorded)


def _record(turn: Turn, call: Call, fence: int, recorded: list[UsageEntry]) -> bool:
    """`fence`: of whoever made the call."""
    attempt = fence + call.number - 1
    return spending.record_of_turn(turn, call.used, attempt=attempt, said=call.said, recorded=recorded)


def stop(turn_id: UUID, error: ErrorShape) -> bool:
    """End an open turn from outside, with the text and thinking that everybody has seen."""
    with eventlog.transaction():
        return _end(Turn.objects.filter(pk=turn_id, state__in=OPEN), turn_id, "stopped", error)


def end_unrun(turn_id: UUID, state: EndState, error: ErrorShape | None = None) -> bool:
    """End a turn that no worker runs: a person's in a run."""
    with eventlog.transaction():
        waiting = Turn.objects.filter(pk=turn_id, state=Turn.State.QUEUED)
        return _end(waiting, turn_id, state, error)


def expire(turn_id: UUID) -> bool:
    """End a running turn whose worker has not renewed its lease."""
    with eventlog.transaction():
        lost = Turn.objects.filter(pk=turn_id, state=Turn.State.RUNNING, lease_until__lt=Now())
        return _end(lost, turn_id, "failed", WORKER_LOST)


def send_next(participant_id: UUID) -> None:
    """Send the persona's next queued turn to the workers, after the open transaction."""
    waiting = Turn.objects.filter(participant_id=participant_id, state=Turn.State.QUEUED)
    next_id = waiting.order_by("created_at", "id").values_list("pk", flat=True).first()
    if next_id is not None:
        enqueue_on_commit(next_id)


def _end(
    owned: QuerySet[Turn],
    turn_id: UUID,
    state: EndState,
    error: ErrorShape | None,
) -> bool:
    """End the turn from outside if `owned` still holds it, and its message with it.

    Text and thinking are what Redis has, which is what was broadcast; sealing them there keeps the old
    worker from adding to them. Where a call was under way, budgets count what it has read and written so
    far, until its worker tells more.
    """
    if not owned.update(fence=F("fence") + 1, **_end_of(state, error)):
        return False
    turn = Turn.objects.get(pk=turn_id)
    recorded = list(turn.usage.all())
    # One that was to go on with a message and never ran has changed nothing of it.
    if turn.started_at is not None:
        _keep(turn, _thought(turn))
        text = _reached(turn.message_id, turn.fence) if turn.message_id is not None else None
        if text is not None:
            _finish_message(turn, text, error)
        if turn.reserved_attempt is not None:
            lost = Call(UsageEntry(model=turn.model), said=text.text if text else "")
            _record(turn, lost, turn.reserved_attempt, recorded)
            turn.save(update_fields=["reserved_usd"])
    _told(turn, recorded)
    return True


def _end_of(state: EndState, error: ErrorShape | None) -> dict[str, Any]:
    return {
        "state": state,
        "ended_at": timezone.now(),
        "lease_until": None,
        "error_code": error.code if error else "",
        "error_message": error.message if error else "",
    }


def _write(turn: Turn, columns: Mapping[str, Any]) -> None:
    """Of a turn that is locked."""
    for name, value in columns.items():
        setattr(turn, name, value)
    turn.save(update_fields=columns.keys())


def _finish_message(turn: Turn, reached: Text, error: ErrorShape | None) -> None:
    if turn.message_id is not None:
        finish_message(
            message_id=turn.message_id,
            fence=turn.fence,
            text=reached.text,
            index=reached.index,
            state=_MESSAGE_STATES[cast(EndState, turn.state)],
            error=error,
        )


def _told(turn: Turn, recorded: Sequence[UsageEntry]) -> None:
    """The turn has ended: the room is told, and who waited for it is sent."""
    _append(turn, recorded)
    stagger.release(turn)
    if turn.started_at is not None:  # else its persona is no freer than before
        send_next(turn.participant_id)


def _reached(message_id: UUID, fence: int) -> Text:
    """The text that people have seen: in Redis, else the last checkpoint."""
    message = Message.objects.get(pk=message_id)
    live = livetext.seal(message_id, fence)
    # What another writer had told before this one went on says nothing.
    if live is not None and live.fence >= message.fence and live.index >= message.index:
        return Text(live.text, live.index)
    return Text(message.text, message.index)


def seconds_of_thinking(turn: Turn) -> int:
    """How long a turn has thought if it thinks until now, as people see it: from its start."""
    assert turn.started_at is not None  # noqa: S101 (asked of turns that run)
    return max(1, round((timezone.now() - turn.started_at).total_seconds()))


def _thought(turn: Turn) -> Thought | None:
    """What people could see of a turn's thinking, in Redis."""
    live = livetext.seal(turn.pk, turn.fence)
    if live is None or not live.text.strip():
        return None
    return Thought(live.text.strip(), turn.thought_seconds or seconds_of_thinking(turn))


def _keep(turn: Turn, thought: Thought | None) -> None:
    if thought is not None:
        Thinking.objects.create(turn=turn, text=thought.text)
    # Lost with Redis: then nothing of it may be offered either.
    seconds = thought.seconds if thought else None
    if turn.thought_seconds != seconds:
        turn.thought_seconds = seconds
        turn.save(update_fields=["thought_seconds"])


def _lease() -> CombinedExpression:
    # The database's clock: machines may disagree about the time.
    return Now() + timedelta(seconds=settings.LLM_LEASE_SECONDS)


def _append(turn: Turn, recorded: Sequence[UsageEntry] | None = None) -> None:
    """`recorded`: what is kept of its calls, where that was read."""
    if recorded is None:
        # Usage is recorded at the end of an attempt: an open first one has none.
        recorded = list(turn.usage.all()) if turn.fence > 1 else []
    eventlog.append(turn.room_id, TurnChanged(turn=turn_shape(turn, recorded)))
