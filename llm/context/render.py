"""One persona's view of a room, as the messages of a chat completion. Pure.

    system   rules, the persona (persona-first), room, participants      stays as it is
    user     the memory, then the transcript                             only grows
             the persona (shared-first), what this turn needs, who speaks

What providers cache is the beginning that two requests share, so nothing that changes stands
before anything that stays. Everything that people or models wrote is tagged with its speaker,
since providers drop the `name` of a message and merge neighbours of one role, and escaped, so
that nobody can speak as somebody else. It starts with `system`, ends with `user`, has no late
system message and no turn of `assistant`: what personas said stands in the transcript.

Within the budget, whatever the view holds:

1. The parts that stay, then those of this turn, take what they need, each a fraction of what
   is left at the most.
2. The rest is the transcript's, whose front is dropped in big steps.
3. The message that woke the persona stands in the transcript, and by its beginning in the turn
   block; where it is not in the transcript any more, it is there as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llm.context import rules
from llm.context.escaping import attribute, escaped, without_own_tags
from llm.context.fitting import Allowance, front_of
from llm.context.rules import KINDS
from llm.context.tokens import tokens_of
from llm.context.transcript import length_of, line_of, parts_of, start_of_window
from llm.context.turnblock import WORDS_TOKENS, TurnBlock, turn_block
from llm.context.values import Line, Rendered, Section, Speaker, View
from llm.gateway.types import ChatMessage, Part, Role

# With less not even the rules fit.
LEAST_BUDGET = 2_000

_PERSONA, _ROOM, _ROSTER, _MEMORY = 1 / 4, 1 / 4, 1 / 4, 1 / 3
# Of the whole: a message that is longer is shown without its middle.
_LINE = 1 / 4
_CONVERSATION = ("<conversation>\n", "</conversation>\n\n")


@dataclass(frozen=True)
class _Stable:
    """The parts that stay."""

    rules: str
    persona: str
    room: str
    roster: str
    memory: str


@dataclass(frozen=True)
class Arranged:
    """A view whose transcript has its place. What was said before `first` is not in it; of that
    something may be recalled, in at most `recalled_most` tokens (0: there is nothing)."""

    view: View
    stable: _Stable
    lines: tuple[str, ...]
    shown: tuple[int, ...]
    left: int
    budget: int
    may_recall: bool
    recalled_most: int

    @property
    def first(self) -> int:
        return min(self.shown, default=self.view.trigger.number)


def render(view: View) -> Rendered:
    """The request's messages: one system, one user. At most `view.budget` tokens, where that is
    `LEAST_BUDGET` or more."""
    return written(arranged(view), view.recalled)


def arranged(view: View) -> Arranged:
    """Decides how much of everything but the recalled messages is shown."""
    budget = max(view.budget, LEAST_BUDGET)
    instructions = _rules(view)
    fixed = tokens_of(instructions) + sum(map(tokens_of, _CONVERSATION)) + WORDS_TOKENS
    allowance = Allowance(budget - fixed)
    stable = _stable(view, instructions, allowance, budget)
    left = allowance.left
    numbers = [line.number for line in view.transcript]
    lines = [line_of(line, most=int(budget * _LINE)) for line in view.transcript]
    sizes = [tokens_of(line) for line in lines]
    lengths = [length_of(line.text) for line in view.transcript]
    has_past = view.before > 0 or bool(view.recalled) or view.memory is not None or sum(sizes) > left

    def block(shown: frozenset[int]) -> TurnBlock:
        return turn_block(view, left, shown, may_recall=has_past)

    def start_beside(block: TurnBlock) -> int:
        # In steps, so that a longer quote does not move the front of the transcript.
        return start_of_window(lengths, sizes, left - _step(block.tokens - WORDS_TOKENS, budget), view.before)

    # The most that the turn block can be: with its quotes whole, but for the trigger's.
    start = start_beside(block(frozenset({view.trigger.number})))
    if view.trigger.number not in numbers[start:]:
        start = start_beside(block(frozenset()))
    shown = numbers[start:]
    most = block(frozenset(shown)).recalled_most if start or has_past else 0
    return Arranged(view, stable, tuple(lines[start:]), tuple(shown), left, budget, has_past, most)


def written(arranged: Arranged, recalled: Sequence[Line]) -> Rendered:
    view = replace(arranged.view, recalled=recalled)
    block = turn_block(view, arranged.left, frozenset(arranged.shown), may_recall=arranged.may_recall)
    writers = (_system(view, arranged.stable), _user(view, arranged.stable, arranged.lines, block))
    sections = tuple(section for writer in writers for section in writer.sections)
    return Rendered(
        layout=view.layout,
        messages=tuple(writer.message() for writer in writers),
        sections=sections,
        verbatim=arranged.shown,
        recalled=block.recalled,
        budget=arranged.budget,
        tokens=sum(section.tokens for section in sections),
    )


class _Writer:
    """The text of one message, with what stands where."""

    def __init__(self, index: int, role: Role) -> None:
        self._index, self._role = index, role
        self._length = 0
        self._parts: list[Part] = []
        self._is_open = False
        self.sections: list[Section] = []

    def add(self, name: str, text: str) -> None:
        self.add_pieces(name, [Part(text)] if text else [])
        self._is_open = bool(self._parts)

    def add_pieces(self, name: str, pieces: Sequence[Part]) -> None:
        """Each ends where a provider's cache may end; plain text before them joins the first."""
        if not pieces:
            return
        text = "".join(piece.text for piece in pieces)
        end = self._length + len(text)
        self.sections.append(Section(name, self._index, self._length, end, tokens_of(text)))
        self._length = end
        first, *others = pieces
        if self._is_open:
            first = Part(self._parts.pop().text + first.text, first.is_cached)
        self._parts += [first, *others]
        self._is_open = False

    def keep(self) -> None:
        """What stands here until now is worth caching."""
        if self._parts:
            self._parts[-1] = Part(self._parts[-1].text, is_cached=True)
        self._is_open = False

    def message(self) -> ChatMessage:
        return ChatMessage(self._role, "".join(part.text for part in self._parts), tuple(self._parts))


def _system(view: View, stable: _Stable) -> _Writer:
    writer = _Writer(0, "system")
    writer.add("rules", stable.rules)
    if view.layout == "persona-first":
        writer.add("persona", stable.persona)
    writer.add("room", stable.room)
    writer.add("roster", stable.roster)
    writer.keep()
    return writer


def _user(view: View, stable: _Stable, lines: Sequence[str], block: TurnBlock) -> _Writer:
    writer = _Writer(1, "user")
    writer.add("memory", stable.memory)
    writer.keep()
    if lines:
        opening, closing = _CONVERSATION
        first, *others = parts_of(lines)
        writer.add_pieces("conversation", [Part(opening + first.text, first.is_cached), *others])
        writer.add("conversation", closing)
    if view.layout == "shared-first":
        writer.add("persona", stable.persona)
    for name, text in block.parts:
        writer.add(name, text)
    return writer


def _rules(view: View) -> str:
    if view.layout == "persona-first":
        text = rules.for_persona(escaped(view.me.name), escaped(view.me.title))
    else:
        text = rules.for_all()
    return f"{text}\n{view.abilities.strip()}\n\n" if view.abilities.strip() else f"{text}\n\n"


def _stable(view: View, instructions: str, allowance: Allowance, budget: int) -> _Stable:
    persona = _persona(view, allowance.most(_PERSONA))
    # In steps where it differs between personas that are to share all before it.
    allowance.left -= (
        tokens_of(persona) if view.layout == "persona-first" else _step(tokens_of(persona), budget)
    )
    room = allowance.take(_room(view, allowance.most(_ROOM)))
    roster = allowance.take(_roster(view.roster, allowance.most(_ROSTER)))
    memory = allowance.take(_memory(view, allowance.most(_MEMORY)))
    return _Stable(instructions, persona, room, roster, memory)


def _persona(view: View, most: int) -> str:
    me = view.me
    about = f" description={attribute(me.description)}" if me.description else ""
    opening = f"<persona name={attribute(me.name)} title={attribute(me.title)}{about}>\n"
    closing = "\n</persona>\n\n"
    prompt = front_of(without_own_tags(view.prompt), most - tokens_of(opening) - tokens_of(closing))
    return f"{opening}{prompt}{closing}"


def _room(view: View, most: int) -> str:
    opening, closing = f"<room name={attribute(view.room_name)}>\n", "\n</room>\n\n"
    about = front_of(escaped(view.room_description), most - tokens_of(opening) - tokens_of(closing))
    return f"{opening}{about}{closing}"


def _roster(roster: Sequence[Speaker], most: int) -> str:
    """Those present, as many as fit."""
    opening, closing = "<participants>\n", "</participants>\n"
    left = most - tokens_of(opening) - tokens_of(closing) - 20
    present: list[str] = []
    for speaker in roster:
        entry = _participant(speaker)
        left -= tokens_of(entry)
        if left < 0:
            present.append(f'<more count="{len(roster) - len(present)}"/>\n')
            break
        present.append(entry)
    return f"{opening}{''.join(present)}{closing}"


def _participant(speaker: Speaker) -> str:
    about = f" description={attribute(speaker.description)}" if speaker.description else ""
    kind = attribute(KINDS[speaker.kind])
    return (
        f"<participant name={attribute(speaker.name)} kind={kind} title={attribute(speaker.title)}{about}/>\n"
    )


def _memory(view: View, most: int) -> str:
    if view.memory is None:
        return ""
    opening, closing = f'<memory until="{view.memory.upto}">\n', "\n</memory>\n\n"
    text = front_of(escaped(view.memory.text), most - tokens_of(opening) - tokens_of(closing))
    return f"{opening}{text}{closing}"


def _step(tokens: int, budget: int) -> int:
    """So many tokens or more: a sixteenth of the budget, doubled as often as it takes."""
    step = budget // 16
    while step < tokens:
        step *= 2
    return step
