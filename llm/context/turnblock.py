"""What stands last in a prompt: all that is about this turn alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llm.context import rules
from llm.context.escaping import attribute, escaped
from llm.context.fitting import Allowance, ending, front_of, without_middle
from llm.context.tokens import tokens_of
from llm.context.transcript import line_of
from llm.context.values import Line, View

# Of the message that woke the persona, and of the one that this replies to, where the whole
# stands in the transcript: enough to know which one is meant.
EXCERPT_TOKENS = 120
NOTE_TOKENS = 80
NOTES = 3

# What it may be without the parts that have a fraction of their own.
WORDS_TOKENS = 2 * EXCERPT_TOKENS + NOTES * NOTE_TOKENS + 240

# Each of what is left when its turn comes.
_TRIGGER, _EXTRA, _TASK, _SAID, _PARENT = 1 / 2, 1 / 8, 1 / 8, 1 / 4, 1 / 8
_RUN = 1 / 2
# Of this no cache is found again, so that it has less of a long prompt than of a short one.
_RECALLED, _RECALLED_MOST, _RECALLED_TOKENS = 1 / 16, 1 / 4, 600


@dataclass(frozen=True)
class TurnBlock:
    """Its parts by name, in order, and the numbers of the messages that it recalls. It has
    `tokens` at the most, also where other messages are shown above."""

    parts: tuple[tuple[str, str], ...]
    recalled: tuple[int, ...]
    tokens: int
    recalled_most: int


def turn_block(view: View, tokens: int, shown: frozenset[int], *, may_recall: bool) -> TurnBlock:
    """At most `tokens` and WORDS_TOKENS.

    Where it `may_recall`, room is kept for what the view recalls, whether it is known already
    or not. `shown` are the numbers of the messages that stand in the transcript; one that woke the
    persona and is not among them is here as a whole, as far as half of the room goes.
    """
    allowance = Allowance(tokens)
    name = escaped(view.me.name)
    # First, since it is what all of this is about.
    trigger = _trigger(view, allowance, shown)
    extras = list(_extras(view, allowance))
    recalled_most = min(max(_RECALLED_TOKENS, allowance.most(_RECALLED)), allowance.most(_RECALLED_MOST))
    if not may_recall:
        recalled_most = 0
    recalled, numbers = _recalled(view, recalled_most, shown)
    notes = [f"<note>{front_of(escaped(note), NOTE_TOKENS)}</note>\n" for note in view.notes[:NOTES]]
    parts = [
        ("turn", "<turn>\n"),
        *extras,
        ("recalled", recalled),
        ("notes", "".join(notes)),
        ("turn", trigger),
    ]
    if view.task:
        task = front_of(escaped(view.task), allowance.most(_TASK))
        parts.append(("turn", allowance.take(f"<task>\n{task}\n</task>\n")))
    parts.append(("turn", "</turn>\n\n"))
    if view.said:
        said = ending(escaped(view.said), allowance.most(_SAID))
        mark = "" if len(said) == len(escaped(view.said)) else "…"
        block = allowance.take(f"<your_message>{mark}{said}</your_message>\n\n")
        parts.append(("turn", f"{block}{rules.going_on(name)}"))
    else:
        words = rules.last_words(name, view.style, has_task=bool(view.task), may_pass=view.may_pass)
        parts.append(("turn", words))
    size = sum(tokens_of(text) for _, text in parts)
    return TurnBlock(
        tuple(part for part in parts if part[1]),
        numbers,
        size - tokens_of(recalled) + recalled_most,
        recalled_most,
    )


def _extras(view: View, allowance: Allowance) -> Iterator[tuple[str, str]]:
    for extra in view.extras:
        if extra.text.strip():
            # What a run's turn is shown is what it is there for.
            share = _RUN if extra.name == "run" else _EXTRA
            text = front_of(escaped(extra.text.strip("\n")), allowance.most(share))
            yield extra.name, allowance.take(f"<{extra.name}>\n{text}\n</{extra.name}>\n")


def _recalled(view: View, most: int, shown: frozenset[int]) -> tuple[str, tuple[int, ...]]:
    """Old messages that matter, the best first as long as they fit, shown in their order."""
    opening, closing = "<recalled>\n", "</recalled>\n"
    left = most - tokens_of(opening) - tokens_of(closing)
    chosen: dict[int, str] = {}
    for line in view.recalled:
        if line.number in shown or line.number in chosen:
            continue
        text = line_of(line, most=most // 3)
        left -= tokens_of(text)
        if left < 0:
            break
        chosen[line.number] = text
    if not chosen:
        return "", ()
    numbers = tuple(sorted(chosen))
    return "".join([opening, *(chosen[number] for number in numbers), closing]), numbers


def _trigger(view: View, allowance: Allowance, shown: frozenset[int]) -> str:
    line = view.trigger
    text = escaped(line.text)
    if line.number in shown:
        text = front_of(text, EXCERPT_TOKENS)
    else:
        text = allowance.take(without_middle(text, max(EXCERPT_TOKENS, allowance.most(_TRIGGER))))
    parent = _parent(view.parent, allowance, shown) if view.parent else ""
    return (
        f'<trigger speaker={attribute(line.speaker.name)} id="{line.number}">\n{parent}{text}\n</trigger>\n'
    )


def _parent(line: Line, allowance: Allowance, shown: frozenset[int]) -> str:
    most = EXCERPT_TOKENS if line.number in shown else max(EXCERPT_TOKENS, allowance.most(_PARENT))
    text = front_of(escaped(line.text), most)
    quote = f'<reply_to speaker={attribute(line.speaker.name)} id="{line.number}">\n{text}\n</reply_to>\n'
    return quote if line.number in shown else allowance.take(quote)
