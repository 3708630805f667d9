"""Who is woken by what was said, and by what ended.

Decided from the room's log, event by event, up to the dispatch cursor; whatever calls
this (the signal after a commit, or the sweep) gets the same decisions exactly once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from llm import cursors, guard, polls, succession, wakes
from llm.behind_runs import are_awaited, ended_in_runs, hand_over
from llm.calling import Facts, Persona, Plan, Policy, plan
from llm.hands.raising import raise_for_called
from llm.models import Turn, WakeDecision
from llm.protocol import TurnChanged
from llm.reading import Call, Reading, read
from llm.reasons import Reason
from llm.routing.calls import open_call
from llm.routing.rules import is_question
from llm.runs.live import is_run_on
from llm.tools.handovers import handovers_of
from rooms import eventlog
from rooms.mentions import Mentionable
from rooms.models import Message, Participant
from rooms.protocol.events import MessageFinished, MessagePosted

# In one transaction, beside which nobody else writes on SQLite: a few milliseconds each.
EVENTS_A_PASS = 50
# Between two of them: another process that waits for SQLite's writer looks every 2 ms.
PAUSE_SECONDS = 0.02
# What somebody says so soon behind a persona's answer to them goes on from it ("reply only").
FOLLOW_UP = timedelta(minutes=15)

_ENDED = frozenset({"done", "passed", "stopped", "failed", "blocked"})


def dispatch_room(room_id: UUID) -> int:
    """Decide on all events past the room's cursor. Returns how many turns were recorded."""
    recorded = 0
    while True:
        with eventlog.transaction():
            cursor = cursors.held(room_id)
            events = eventlog.replay(room_id, after=cursor.seq, limit=EVENTS_A_PASS)
            if not events:
                return recorded
            for event in events:
                recorded += _dispatch_event(event)
            cursor.seq = events[-1].seq
            cursor.save(update_fields=["seq"])
        # What this pass appended itself wakes nobody, but for a refusal that others wait for, and
        # a commit in the meantime asks for a pass of its own: another transaction now would only
        # stand in the worker's way.
        if len(events) < EVENTS_A_PASS:
            return recorded
        time.sleep(PAUSE_SECONDS)


def look_at(room_id: UUID) -> int:
    """As `dispatch_room`, for sweeps: most rooms that they find behind their cursor hold nothing there
    but what passes appended themselves, or ends in runs that call nobody. It is passed by without a pass,
    whose locks a worker might wait for; but it is passed by, or these rooms would stand before the forgotten
    ones at every sweep."""
    after = cursors.seq_of(room_id)
    events = eventlog.replay(room_id, after=after or 0, limit=EVENTS_A_PASS)
    decisive = [event for event in events if is_decisive(event.type, event.data)]
    if after is None or (decisive and not _call_nobody(decisive)):
        return dispatch_room(room_id)
    if events:
        cursors.pass_by(room_id, after=after, upto=events[-1].seq)
    return 0


def _call_nobody(decisive: Sequence[eventlog.Committed]) -> bool:
    ended = ended_in_runs(decisive)
    return bool(ended) and not hand_over(ended) and not are_awaited(ended)


def is_decisive(type_: str, data: dict[str, Any]) -> bool:
    """Whether an event may wake somebody: a whole message, or the end of a turn."""
    if type_ == TurnChanged.type:
        return data["turn"]["state"] in _ENDED
    return (
        type_ in {MessagePosted.type, MessageFinished.type}
        and data["message"]["state"] == Message.State.COMPLETE
    )


def _dispatch_event(event: eventlog.Committed) -> int:
    if not is_decisive(event.type, event.data):
        return 0
    if event.type == TurnChanged.type:
        return succession.advance(UUID(event.data["turn"]["trigger_message_id"]))
    message = event.data["message"]
    return _decide(UUID(message["id"]), is_reply=message["reply_to_id"] is not None)


def _decide(message_id: UUID, *, is_reply: bool) -> int:
    # A joined table costs more to ask for than to read, also where nothing is in it.
    related = ("participant", "room", "wake_decision", *(("reply_to",) if is_reply else ()))
    message = Message.objects.select_related(*related).filter(pk=message_id).order_by().first()
    if message is None or message.kind == Message.Kind.NOTICE:
        return 0
    if message.kind == Message.Kind.POLL:
        # Who is named in a question or an option is not called by it.
        asked = polls.asked_by(message)
        _keep(message, asked.why)
        return wakes.record(message, asked.wakes)
    is_person = message.participant.kind == Participant.Kind.HUMAN
    # What a person says is decided once. A reply that goes on may name somebody else at its end.
    if is_person and hasattr(message, "wake_decision"):
        return 0
    everybody = list(message.room.participants.filter(left_at=None))
    personas = {p.pk: p for p in everybody if p.kind == Participant.Kind.PERSONA}
    reading = _read(message, [Mentionable(p.pk, (p.name, *p.aliases)) for p in everybody])
    if not is_person and not reading.named & personas.keys():
        return 0
    turn = Turn.objects.filter(pk=message.turn_id).first() if message.turn_id else None
    if turn is not None and turn.run_id is not None:
        # Who is next is its mode's to decide: whoever is called can only ask for the floor.
        raise_for_called(message, turn, reading.now, personas)
        return 0
    is_routed, unrouted = _may_be_routed(message)
    policy = cast(Policy, "run" if is_run_on(message.room_id) else message.room.wake_policy)
    planned = plan(
        Facts(
            author=message.participant_id,
            is_person=is_person,
            personas=[Persona(p.pk, p.is_muted) for p in personas.values()],
            reading=reading,
            policy=policy,
            is_archived=message.room.archived_at is not None,
            is_quiet=message.is_quiet,
            replied_to=message.reply_to.participant_id if message.reply_to else None,
            follows=_follows(message) if policy == "reply_only" and not reading.named else None,
            pending=succession.pending_after(turn),
            is_routed=is_routed,
            unrouted=unrouted,
        )
    )
    return _carry_out(message, planned, personas)


def _read(message: Message, cast_: Sequence[Mentionable]) -> Reading:
    """What the text asks, and what the turn that wrote it handed over by tool; for a model with
    tools, that alone.
    """
    handovers = handovers_of(message)
    reading = read(message.text, cast_) if handovers.counts_text else Reading()
    by_tool = [Call(handover.participant_id, handover.task) for handover in handovers.by_tool]
    if not by_tool:
        return reading
    ids = {call.id for call in by_tool}
    in_text = [call for call in reading.now if call.id not in ids]
    return replace(reading, now=(*by_tool, *in_text))


def _carry_out(message: Message, planned: Plan, personas: dict[UUID, Participant]) -> int:
    _keep(message, planned.why)
    if planned.steps:
        succession.begin(message, planned.steps)
    if planned.candidates:
        open_call(message, planned.candidates)
    woken = [
        wakes.Wake(
            personas[wake.id],
            Turn.Cause(wake.cause),
            wake.task,
            guard.muted(personas[wake.id].name) if wake.is_refused else None,
        )
        for wake in planned.wakes
    ]
    return wakes.record(message, woken)


def _keep(message: Message, why: Mapping[Reason, Iterable[UUID]]) -> None:
    kept = {reason: [str(id_) for id_ in ids] for reason, ids in why.items()}
    WakeDecision.objects.bulk_create(
        [WakeDecision(message=message, why=kept)],
        update_conflicts=True,
        unique_fields=["message"],
        update_fields=["why"],
    )


def _may_be_routed(message: Message) -> tuple[bool, Reason]:
    """The rules before the router: it is asked about questions alone, and where it is not off."""
    if not settings.LLM_ROUTER:
        return False, "router_off"
    return is_question(message.text), "router_no_question"


def _follows(message: Message) -> UUID | None:
    """The persona whose answer to this author is the newest message before, if it is not old."""
    before = (
        Message.objects.filter(room=message.room_id, kind=Message.Kind.CHAT, seq__lt=message.seq)
        .select_related("reply_to", "participant")
        .order_by("-seq")
        .first()
    )
    if before is None or before.participant.kind != Participant.Kind.PERSONA or before.reply_to is None:
        return None
    is_answer = before.reply_to.participant_id == message.participant_id
    is_near = message.created_at - (before.finished_at or before.created_at) < FOLLOW_UP
    return before.participant_id if is_answer and is_near else None
