"""What a persona is told of the room's polls. Pure.

Every member may look at what a persona was given. So there is nothing in it that they must not
know: no count of a sealed poll, not what the persona has voted, and of an anonymous poll not
even whether it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rooms.protocol.polls import CountShape, PollShape


@dataclass(frozen=True)
class PollLine:
    """A poll for one persona. `number` is its message's; `has_voted` is about the persona."""

    number: int
    asked_by: str
    poll: PollShape
    has_voted: bool


def polls_text(open_polls: Sequence[PollLine], closed: Sequence[PollLine], *, has_tools: bool) -> str:
    """The open polls, each with its options, and the results of some that are closed.

    A model without tools (`has_tools`) is told beside each how it votes.
    """
    told = [
        *(_open(line, has_tools=has_tools) for line in open_polls),
        *(result_text(line) for line in closed),
    ]
    return "\n\n".join(told)


def result_text(line: PollLine) -> str:
    """How a poll stands, as far as everybody may see it, in lines."""
    poll = line.poll
    state = "is closed" if poll.closed_at is not None else "is open"
    head = f"Poll {line.number}, asked by {line.asked_by}, {state}: {poll.question}"
    if poll.tally is None:
        return "\n".join([head, *_options(poll), f"Sealed until it closes. {_voters(poll)}"])
    return "\n".join([head, *_options(poll), _voters(poll)])


def _open(line: PollLine, *, has_tools: bool) -> str:
    poll = line.poll
    rules = ["Several options can be chosen." if poll.is_multiple else "One option can be chosen."]
    if poll.is_anonymous:
        rules.append("Anonymous.")
    rules.append(_call(line))
    if not has_tools and poll.persona_voting != "none":
        rules.append(
            f"To vote, write this line, with the option's number: [[vote N in poll {line.number}: why]]"
        )
    return "\n".join([result_text(line), " ".join(rules)])


def _call(line: PollLine) -> str:
    poll = line.poll
    if poll.persona_voting == "none":
        return "Only people vote in it."
    asked = "You are asked to vote." if poll.persona_voting == "must" else "You may vote."
    if poll.is_anonymous:
        return f"{asked} Voting again replaces your vote."
    if line.has_voted:
        return "You have voted; voting again replaces your vote."
    return f"{asked} You have not voted yet."


def _options(poll: PollShape) -> list[str]:
    if poll.tally is None:
        return [f"{number}. {option}" for number, option in enumerate(poll.options, 1)]
    return [
        f"{number}. {option}: {_votes(count)}"
        for number, (option, count) in enumerate(zip(poll.options, poll.tally, strict=True), 1)
    ]


def _votes(count: CountShape) -> str:
    votes = "1 vote" if count.total == 1 else f"{count.total} votes"
    if count.people is None or not count.personas:
        return votes
    return f"{votes} ({count.people} of people, {count.personas} of AI personas)"


def _voters(poll: PollShape) -> str:
    return "1 has voted." if poll.voters.total == 1 else f"{poll.voters.total} have voted."
