"""What the tools about polls share: which poll is meant, and which of its options."""

from __future__ import annotations

from collections.abc import Sequence

from llm.tools.tool import ToolUse
from rooms.errors import ParleyError
from rooms.models import Poll


def poll_meant(use: ToolUse, number: int | None) -> Poll:
    """The poll of that number; without one the poll that woke the turn, or the only open one. Raises
    `invalid`."""
    polls = Poll.objects.filter(room=use.seat.room).select_related("message__participant")
    if number is not None:
        poll = polls.filter(message__seq=number).first() if 0 <= number < 2**63 else None
        if poll is None:
            raise ParleyError("invalid", f"There is no poll {number} in this room.")
        return poll
    waking = polls.filter(pk=use.turn.trigger_message_id).first()
    if waking is not None:
        return waking
    open_polls = list(polls.filter(closed_at=None)[:2])
    if len(open_polls) != 1:
        raise ParleyError("invalid", "Say which poll, by its number.")
    return open_polls[0]


def chosen_options(poll: Poll, choices: Sequence[str]) -> list[int]:
    """Indexes out of numbers from 1 or the options' own words. Raises `invalid`."""
    words = {option.casefold(): index for index, option in enumerate(poll.options)}
    chosen = []
    for choice in choices:
        text = " ".join(choice.split()).casefold()
        number = int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 4 else -1
        # An option may be a number itself: then its words go before its place.
        index = words.get(text, number)
        if not 0 <= index < len(poll.options):
            options = "; ".join(f"{place}. {option}" for place, option in enumerate(poll.options, 1))
            raise ParleyError("invalid", f"The options are: {options}.")
        chosen.append(index)
    return chosen
