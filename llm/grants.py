"""Letting a chain go on past its limits: “grant 5 more”.

Whoever may speak may grant: a new message of theirs would open a chain with all of these
limits untouched, so a grant gives nothing that they could not have. A day's budget is not
granted but set (`room.set_limits`).
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from llm import guard, wakes
from llm.models import Chain, Turn
from rooms import eventlog
from rooms.access import Seat
from rooms.errors import ParleyError, not_found


def grant_chain(*, by: Seat, turn_id: UUID) -> list[Turn]:
    """Raise the limits of the chain that `turn_id` was refused by, and wake those it refused.

    1. The chain is locked: of two people who grant at once the second finds nobody waiting,
       and grants nothing. So does a second press.
    2. The refused ones are decided on anew, in the order in which they were called. For each
       that may speak now there is a new turn of the same wake; the others stay refused.
    Returns the new turns. Raises `not_found`, or `limit_reached` with the sentence of a limit
    that no grant lifts; nothing is changed then.
    """
    refused = Turn.objects.filter(pk=turn_id, room=by.room, state=Turn.State.BLOCKED).first()
    if refused is None:
        raise not_found()
    if refused.run_id is not None:
        raise ParleyError("run_ended", "A run that has used up its budget has ended; start another one.")
    with eventlog.transaction():
        chain = wakes.held(refused.chain_id)
        waiting = list(still_refused(_turns_of(chain)))
        if not waiting:
            return []
        chain.grants += 1
        again = [_again(turn) for turn in waiting]
        refusals = wakes.refusals(by.room, chain, again)
        passing = [turn for turn, refusal in zip(again, refusals, strict=True) if refusal is None]
        if not passing:
            reason = next(refusal for refusal in refusals if refusal is not None)
            raise ParleyError("limit_reached", reason.message, limit=reason.code)
        chain.save(update_fields=["grants"])
        wakes.write(passing)
        return passing


def still_refused(turns: Iterable[Turn]) -> Iterable[Turn]:
    """Those of a chain's `turns`, oldest first, that a limit of it refused and that were not
    woken again since. Who left the room in the meantime is not among them."""
    newest: dict[tuple[UUID, UUID], Turn] = {}
    for turn in turns:
        # In the place of its first call.
        newest[turn.trigger_message_id, turn.participant_id] = turn
    for turn in newest.values():
        is_refused = turn.state == Turn.State.BLOCKED and turn.error_code in guard.GRANTABLE
        if is_refused and turn.participant.left_at is None:
            yield turn


def _turns_of(chain: Chain) -> list[Turn]:
    """With those that somebody asked for again, which have chains of their own."""
    related = Turn.objects.select_related("participant", "chain", "trigger_message__room")
    triggers = Turn.objects.filter(chain=chain).values("trigger_message")
    return list(related.filter(trigger_message__in=triggers).order_by("created_at", "id"))


def _again(turn: Turn) -> Turn:
    """The same wake once more."""
    cause = Turn.Cause(turn.cause)
    again = wakes.turn_of(turn.trigger_message, turn.participant, cause, turn.chain, turn.depth, turn.task)
    again.repeat = turn.repeat + 1
    return again
