"""Independent answers, ranked without names, and put together by a chair. Pure.

1. `answers`: all at the same time and sealed.
2. `ranking`, of three answers or more: all at the same time and sealed, the others' answers under
   letters; nobody ranks their own.
3. `synthesis`: all is shown, and the chair, told which answers were ranked best, writes the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    Setup,
    Speak,
    SpeakTogether,
    Speech,
    Taken,
)

ANSWERS, RANKING, SYNTHESIS = "answers", "ranking", "synthesis"
# With fewer there is nothing to rank without one's own.
RANKED_LEAST = 3

RANKING_TASK = "Rank the answers of the others, which stand without names, the best first."
SYNTHESIS_TASK = "Write the result: put the best of the answers together, and say what stays open."


def decide(history: History) -> Decision:
    if to_ask := asking.outstanding(history, ANSWERS, 1, history.cast):
        return SpeakTogether(
            tuple(Speech(id_, "answer", ANSWERS, briefs.ANSWER_TASK, is_sealed=True) for id_ in to_ask)
        )
    answers = asking.written(history, ANSWERS, 1)
    if not answers:
        return Finish("finished", "Nobody has answered.")
    if len(answers) >= RANKED_LEAST and (to_ask := asking.outstanding(history, RANKING, 1, history.cast)):
        return SpeakTogether(tuple(_ranking(history, id_) for id_ in to_ask))
    chair = _chair(history)
    if not history.of(SYNTHESIS):
        return Speak(Speech(chair, "synthesis", SYNTHESIS, SYNTHESIS_TASK), opens=(ANSWERS, RANKING))
    if _synthesis(history) is None:
        return Finish("errors", "The chair has put nothing together; the answers stand.")
    return Finish(
        "finished", f"{history.name(history.of(SYNTHESIS)[-1].member)} has put the answers together."
    )


def _ranking(history: History, member: UUID) -> Speech:
    letters = tuple(letter for letter, id_ in _letters(history).items() if id_ != member)
    return Speech(member, "ranking", RANKING, RANKING_TASK, is_sealed=True, ask=Ask("ranking", letters))


def _chair(history: History) -> UUID:
    """The chair, or where they have left the first who is here; people stand last in a cast."""
    chair = history.setup.office("chair")
    return chair if chair is not None and history.is_here(chair) else history.cast[0]


def _letters(history: History) -> dict[str, UUID]:
    return briefs.labels(asking.written(history, ANSWERS, 1), history.setup.seed)


def _places(history: History) -> dict[UUID, float]:
    """The average place of each answer among those that ranked it, from 1; the best first."""
    letters = _letters(history)
    places: dict[UUID, list[int]] = {id_: [] for id_ in letters.values()}
    for turn in asking.handed_in(history, RANKING, 1).values():
        order = turn.answer.ranking if turn.answer is not None else ()
        for place, letter in enumerate(order, 1):
            if letter in letters:
                places[letters[letter]].append(place)
    average = {id_: sum(found) / len(found) for id_, found in places.items() if found}
    return dict(sorted(average.items(), key=lambda pair: pair[1]))


def _firsts(history: History) -> Mapping[UUID, tuple[UUID, ...]]:
    """Who ranked whose answer first."""
    letters = _letters(history)
    firsts: dict[UUID, tuple[UUID, ...]] = {}
    for member, turn in asking.handed_in(history, RANKING, 1).items():
        if turn.answer is not None and turn.answer.ranking:
            best = letters.get(turn.answer.ranking[0])
            if best is not None:
                firsts[best] = (*firsts.get(best, ()), member)
    return firsts


def _synthesis(history: History) -> Taken | None:
    return next((turn for turn in history.of(SYNTHESIS) if turn.text.strip()), None)


def outcome(history: History) -> Outcome | None:
    answers = asking.written(history, ANSWERS, 1)
    if not answers:
        return None
    synthesis = _synthesis(history)
    firsts = _firsts(history)
    ranked = _places(history)
    order = [*ranked, *(id_ for id_ in answers if id_ not in ranked)]
    tally = tuple(Count(f"The answer of {history.name(id_)}", firsts.get(id_, ())) for id_ in order)
    if synthesis is None:
        return Outcome(
            "No result was put together; the answers stand.",
            is_decided=False,
            numbers=tuple(turn.number for turn in answers.values()),
            after=tally if firsts else (),
        )
    return Outcome(
        synthesis.text.strip(), is_decided=True, numbers=(synthesis.number,), after=tally if firsts else ()
    )


def brief(history: History, turn: Taken) -> str:
    if turn.phase == ANSWERS:
        return f"{len(history.cast)} answer the same question, each on their own."
    answers = asking.written(history, ANSWERS, 1)
    if turn.phase == RANKING:
        others = {letter: id_ for letter, id_ in _letters(history).items() if id_ != turn.member}
        shown = briefs.in_full([(letter, answers[id_]) for letter, id_ in others.items()])
        return f"The other answers, without names:\n\n{shown}"
    places = _places(history)
    if not places:
        return "You chair this council. All answers stand above."
    ranked = "\n".join(
        f"{number}. {history.name(id_)} (on the average in place {place:.1f})"
        for number, (id_, place) in enumerate(places.items(), 1)
    )
    return f"You chair this council. All answers stand above; the others ranked them:\n{ranked}"


def say(history: History, turn: Taken) -> str:
    """A ranking with names instead of letters."""
    letters = _letters(history)
    order = turn.answer.ranking if turn.answer is not None else ()
    names = ", ".join(history.name(letters[letter]) for letter in order if letter in letters)
    return f"My order: {names}. {turn.answer.reason if turn.answer else ''}".strip() if names else ""


def expected(setup: Setup) -> Sequence[UUID]:
    rankings = setup.cast if len(setup.cast) >= RANKED_LEAST else ()
    return [*setup.cast, *rankings, setup.office("chair") or setup.cast[0]]


MODE = Mode(
    "council",
    "Council",
    "Independent answers, ranked without names, and put together by a chair.",
    decide,
    outcome,
    brief,
    expected,
    rounds=1,
    offices=("chair",),
    are_offices_apart=False,
    takes_people=True,
    phases=(ANSWERS, RANKING, SYNTHESIS),
    say=say,
)
