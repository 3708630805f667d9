"""Sides that argue, and a judge who is asked twice. Pure.

1. `openings`: all at the same time and sealed, so that nobody opens with an answer to another.
2. `rebuttals`: so many rounds in the open, each after the other.
3. `verdict`: the judge, who is none of them, is asked twice at once, with the sides in opposite orders and
   under letters instead of names, since judges prefer what stands first. Where both verdicts name one
   side, that is the verdict; else it is split.

Where choices are given, each side argues for one of them, in the order of the cast; else for its own view.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from uuid import UUID

from llm.orchestration import asking, briefs
from llm.orchestration.values import (
    Ask,
    Count,
    Decision,
    Finish,
    History,
    Mode,
    Outcome,
    Part,
    Setup,
    Speak,
    SpeakTogether,
    Speech,
    Taken,
)

OPENINGS, REBUTTALS, VERDICT = "openings", "rebuttals", "verdict"

OPENING_TASK = (
    "Open the debate: make your case. The others do the same, and nobody sees one before all are in."
)
REBUTTAL_TASK = "Answer the strongest point of the others, concede what is right, and say what still stands."
JUDGE_TASK = "Judge the debate: say which side made the better case, and why."

_PARTS: tuple[Part, Part] = ("judge", "judge_swapped")


def decide(history: History) -> Decision:
    if to_ask := asking.outstanding(history, OPENINGS, 1, history.cast):
        return SpeakTogether(
            tuple(Speech(id_, "opening", OPENINGS, OPENING_TASK, is_sealed=True) for id_ in to_ask)
        )
    sides = _sides(history)
    if len(sides) < 2:
        return Finish("finished", "Fewer than two sides have opened, so that there is no debate.")
    for number in range(1, history.setup.rounds + 1):
        if to_ask := asking.outstanding(history, REBUTTALS, number, sides):
            speech = Speech(to_ask[0], "rebuttal", REBUTTALS, REBUTTAL_TASK, number)
            return Speak(speech, opens=(OPENINGS,))
    return _judge(history, sides)


def _judge(history: History, sides: Sequence[UUID]) -> Decision:
    judge = history.setup.office("judge")
    if not history.is_here(judge) or judge is None:
        return Finish("finished", "All rounds are over. There is no judge: it is yours to decide.")
    parts = [part for part in _PARTS if asking.outstanding(history, VERDICT, 1, [judge], part)]
    if parts:
        ask = Ask("verdict", tuple(_letters(history, "judge")))
        speeches = (Speech(judge, part, VERDICT, JUDGE_TASK, is_sealed=True, ask=ask) for part in parts)
        return SpeakTogether(tuple(speeches), opens=(OPENINGS,))
    return Finish("finished", _verdict(history))


def _verdict(history: History) -> str:
    named = _named(history)
    if len(named) < len(_PARTS):
        return "The judge has not given two verdicts, so that there is none."
    if len(set(named.values())) > 1:
        return "The verdict is split: with the sides swapped the judge decided otherwise."
    return f"The judge finds twice that {history.name(named['judge'])} made the better case."


def _sides(history: History) -> tuple[UUID, ...]:
    """Who has opened, in the order of the cast, also where they have left since."""
    return tuple(asking.written(history, OPENINGS, 1))


def _letters(history: History, part: str) -> dict[str, UUID]:
    """The sides by letter, as the judge is shown them: the second time in reverse."""
    order = briefs.shuffled(_sides(history), history.setup.seed)
    if part == "judge_swapped":
        order.reverse()
    return {f"Side {letter}": id_ for letter, id_ in zip("ABCDEFGH", order, strict=False)}


def _named(history: History) -> dict[str, UUID]:
    """Whom each verdict names."""
    named: dict[str, UUID] = {}
    for turn in history.of(VERDICT):
        if turn.answer is not None and asking.has_handed_in(turn):
            side = _letters(history, turn.part).get(turn.answer.choice)
            if side is not None:
                named[turn.part] = side
    return named


def outcome(history: History) -> Outcome | None:
    openings = asking.written(history, OPENINGS, 1)
    if not openings:
        return None
    verdicts = [turn for turn in history.of(VERDICT) if turn.answer is not None]
    named = _named(history)
    judge = history.setup.office("judge")
    winners = set(named.values())
    is_decided = len(named) == len(_PARTS) and len(winners) == 1
    return Outcome(
        decision=_decision(history, winners, verdicts) if is_decided else _open_end(history, named),
        is_decided=is_decided,
        numbers=tuple(turn.number for turn in verdicts) or tuple(turn.number for turn in openings.values()),
        after=tuple(Count(history.name(id_), (judge,)) for id_ in sorted(winners, key=str)) if judge else (),
    )


def _decision(history: History, winners: set[UUID], verdicts: Sequence[Taken]) -> str:
    (winner,) = winners
    held = _held(history, winner)
    given = next((turn for turn in verdicts if turn.answer and turn.answer.reason), None)
    why = _with_names(history, given.part, given.answer.reason) if given and given.answer else ""
    return " ".join(part for part in (f"{history.name(winner)} made the better case{held}.", why) if part)


def _open_end(history: History, named: dict[str, UUID]) -> str:
    if len(named) == len(_PARTS):
        return "Split: with the sides swapped, the judge decided otherwise."
    return "There is no verdict."


def _held(history: History, side: UUID) -> str:
    choice = _choice(history.setup, side)
    return f", for “{choice}”" if choice else ""


def _choice(setup: Setup, side: UUID) -> str:
    if not setup.choices or side not in setup.cast:
        return ""
    return setup.choices[setup.cast.index(side) % len(setup.choices)]


def brief(history: History, turn: Taken) -> str:
    if turn.part in _PARTS:
        return _judges_brief(history, turn)
    choice = _choice(history.setup, turn.member)
    stand = f"You argue for: {choice}." if choice else "You argue for your own view."
    if turn.phase == OPENINGS:
        return f"The openings. {stand} One claim, its best reasons, and what would change your mind."
    others = ", ".join(history.name(id_) for id_ in _sides(history) if id_ != turn.member)
    return f"Round {turn.round} of {history.setup.rounds} against {others}. {stand}"


def _judges_brief(history: History, turn: Taken) -> str:
    letters = _letters(history, turn.part)
    texts = []
    for letter, id_ in letters.items():
        said = [t for t in history.taken if t.member == id_ and t.phase in {OPENINGS, REBUTTALS}]
        whole = "\n\n".join(t.text.strip() for t in said if t.text.strip())
        texts.append(briefs.shown(letter, _without_names(history, letters, whole)))
    return "You judge a debate that you took no part in. What the sides said:\n\n" + "\n\n".join(texts)


def _without_names(history: History, letters: dict[str, UUID], text: str) -> str:
    """Sides call each other by name; the judge is to hear reasons."""
    for letter, id_ in letters.items():
        text = re.sub(rf"@?(?<!\w){re.escape(history.name(id_))}(?!\w)", letter, text)
    return text


def say(history: History, turn: Taken) -> str:
    """A verdict with names instead of letters."""
    side = _letters(history, turn.part).get(turn.answer.choice) if turn.answer else None
    if side is None or turn.answer is None:
        return ""
    which = " with the sides swapped" if turn.part == "judge_swapped" else ""
    why = _with_names(history, turn.part, turn.answer.reason)
    return f"Asked{which}: **{history.name(side)}** made the better case. {why}".strip()


def _with_names(history: History, part: str, text: str) -> str:
    for letter, id_ in _letters(history, part).items():
        text = text.replace(letter, history.name(id_))
    return text


def expected(setup: Setup) -> Sequence[UUID]:
    judge = setup.office("judge")
    verdicts = [judge, judge] if judge is not None else []
    return [*(id_ for _ in range(1 + setup.rounds) for id_ in setup.cast), *verdicts]


MODE = Mode(
    "debate",
    "Debate",
    "Sealed openings, rounds of rebuttals, and a judge who is asked twice with the sides swapped.",
    decide,
    outcome,
    brief,
    expected,
    most=4,
    offices=("judge",),
    takes_choices=True,
    phases=(OPENINGS, REBUTTALS, VERDICT),
    say=say,
)
