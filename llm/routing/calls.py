"""The life of a router's call as conditional updates: opened with the message, claimed once, ended.

Whatever goes wrong ends it, and then nobody is woken. A call is claimed once ever, so that one
message costs one call at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from llm import spending, wakes
from llm.gateway.types import CompletionRequest, Deadlines, Usage
from llm.hands.raising import raise_hand
from llm.models import Hand, RouterCall, Turn, UsageEntry
from llm.queue import enqueue_router, enqueue_router_on_commit
from llm.routing.models import router_endpoint, router_model
from llm.routing.rules import Answer, Candidate, Line, question_for
from rooms import eventlog
from rooms.models import Message, Participant

EARLIER_MESSAGES = 6
MAX_OUTPUT_TOKENS = 1_000
# A worker that asks has this long, beyond the time for the answer, to write down what came of it.
SPARE_SECONDS = 5.0
# A task that was not lost has begun by then.
RESEND_SECONDS = 2.0


@dataclass(frozen=True)
class Claimed:
    """A call that is ours to make, within so many `seconds`."""

    message_id: UUID
    candidates: tuple[UUID, ...]
    request: CompletionRequest
    seconds: float


def open_call(message: Message, candidates: Sequence[UUID]) -> None:
    """Have a worker ask who of `candidates` answers; within the transaction that decided so."""
    _, is_new = RouterCall.objects.get_or_create(
        message=message,
        defaults={
            "room_id": message.room_id,
            "candidates": [str(id_) for id_ in candidates],
            "model": router_model(message.room),
        },
    )
    if is_new:
        enqueue_router_on_commit(message.pk)


def claim(message_id: UUID) -> Claimed | None:
    """Take the call for this worker. None when it was taken before, or its time is over."""
    with eventlog.transaction():
        mine = RouterCall.objects.filter(pk=message_id, state=RouterCall.State.WAITING)
        now = timezone.now()
        if not mine.update(state=RouterCall.State.ASKING, asked_at=now):
            return None
        call = RouterCall.objects.select_related("message__participant", "room").get(pk=message_id)
        seconds = settings.LLM_ROUTER_SECONDS - (now - call.created_at).total_seconds()
        candidates = _still_here(call)
        if seconds <= 0 or not candidates:
            end(message_id, RouterCall.State.LATE if seconds <= 0 else RouterCall.State.DECIDED)
            return None
        refusal = spending.refusal_for_call(call.room, call.model, person=call.message.participant)
        if refusal is not None:
            end(message_id, RouterCall.State.FAILED, error_code=refusal.code)
            return None
        ids = tuple(persona.pk for persona in candidates)
        return Claimed(message_id, ids, _request(call, candidates, seconds), seconds)


def decide(claimed: Claimed, meant: Answer, usage: Usage | None) -> bool:
    """Wake those who were chosen, and raise the hands of others. False, and nobody is, where the call has
    ended meanwhile."""
    chosen = [claimed.candidates[number] for number in meant.chosen]
    with eventlog.transaction():
        if not end(claimed.message_id, RouterCall.State.DECIDED, chosen=chosen, usage=usage):
            return False
        message = Message.objects.select_related("participant", "room").get(pk=claimed.message_id)
        call = RouterCall.objects.get(pk=claimed.message_id)
        here = {persona.pk: persona for persona in _still_here(call)}
        if message.room.archived_at is None:
            for raised in meant.hands:
                persona = here.get(claimed.candidates[raised.candidate])
                if persona is not None:
                    raise_hand(persona, raised.line, message=message, source=Hand.Source.ROUTER)
            called = [here[id_] for id_ in chosen if id_ in here]
            wakes.record(message, [wakes.Wake(persona, Turn.Cause.ROUTER) for persona in called])
        return True


def end(
    message_id: UUID,
    state: RouterCall.State,
    *,
    chosen: Sequence[UUID] = (),
    error_code: str = "",
    usage: Usage | None = None,
) -> bool:
    """End the call if it is being asked. What it used is kept in any case."""
    if usage is not None:
        RouterCall.objects.filter(pk=message_id).update(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=usage.cached_tokens,
            cost_usd=usage.cost_usd,
        )
        _count(message_id, usage)
    asking = RouterCall.objects.filter(pk=message_id, state=RouterCall.State.ASKING)
    return bool(
        asking.update(
            state=state,
            chosen=[str(id_) for id_ in chosen],
            error_code=error_code,
            decided_at=timezone.now(),
        )
    )


def _count(message_id: UUID, usage: Usage) -> None:
    """What it used counts for the budgets of the room and of whoever said it."""
    call = RouterCall.objects.select_related("message__participant", "room").get(pk=message_id)
    spending.record_call(
        kind=UsageEntry.Kind.ROUTER,
        room=call.room,
        model=call.model,
        usage=usage,
        key=f"router:{message_id}",
        person=call.message.participant,
    )


def sweep() -> int:
    """Send again what no worker was told of; end what was lost or is too late. How many."""
    now = timezone.now()
    over = now - timedelta(seconds=settings.LLM_ROUTER_SECONDS)
    waiting = RouterCall.objects.filter(state=RouterCall.State.WAITING)
    late = waiting.filter(created_at__lt=over).update(state=RouterCall.State.LATE, decided_at=now)
    lost = RouterCall.objects.filter(
        state=RouterCall.State.ASKING, created_at__lt=over - timedelta(seconds=SPARE_SECONDS)
    )
    ended = sum(
        # What it spent is not known, and still is something.
        end(message_id, RouterCall.State.FAILED, error_code="worker_lost", usage=Usage())
        for message_id in list(lost.values_list("pk", flat=True)[:200])
    )
    unheard = waiting.filter(created_at__lt=now - timedelta(seconds=RESEND_SECONDS))
    again = list(unheard.values_list("pk", flat=True)[:200])
    for message_id in again:
        enqueue_router(message_id)
    return late + ended + len(again)


def _still_here(call: RouterCall) -> list[Participant]:
    """The candidates as they are now, in the order in which they are numbered."""
    here = Participant.objects.filter(
        room_id=call.room_id, pk__in=call.candidates, left_at=None, is_muted=False
    )
    return sorted(here, key=lambda persona: call.candidates.index(str(persona.pk)))


def _request(call: RouterCall, candidates: Sequence[Participant], seconds: float) -> CompletionRequest:
    message = call.message
    earlier = (
        Message.objects.filter(room_id=call.room_id, kind=Message.Kind.CHAT, seq__lt=message.seq)
        .exclude(state=Message.State.STREAMING)
        .exclude(text="")
        .order_by("-seq")
        .values_list("participant__name", "text")[:EARLIER_MESSAGES]
    )
    endpoint = router_endpoint(call.model)
    return CompletionRequest(
        model=call.model,
        messages=question_for(
            [Candidate(persona.name, persona.title, persona.description) for persona in candidates],
            [Line(name, text) for name, text in reversed(earlier)],
            Line(message.participant.name, message.text),
        ),
        max_output_tokens=MAX_OUTPUT_TOKENS,
        api_base=endpoint.api_base if endpoint else None,
        api_key=endpoint.api_key if endpoint else None,
        deadlines=Deadlines(
            connect=min(settings.LLM_CONNECT_SECONDS, seconds),
            first_token=seconds,
            between_chunks=seconds,
            whole=seconds,
        ),
    )
