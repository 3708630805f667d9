"""A leader says who speaks next and what they are to do, until the goal is reached. Pure.

1. The leader is shown the ledger: what each was asked for, and what came of it. They hand in who is
   next with an instruction, and the progress; or that it is done; or a question to people, which
   pauses the run until somebody has answered.
2. Who was named does that. Then the leader is asked again.
3. A leader who makes no sense twice is passed over once: whoever has spoken least goes on.
4. One who speaks again and again and gives nobody anything to do, ends the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from uuid import UUID

from llm.orchestration import asking, briefs
from llm.orchestration.values import (
    Answer,
    Ask,
    Decision,
    Finish,
    History,
    Mode,
    Outcome,
    Point,
    Setup,
    Speak,
    Speech,
    Taken,
    Wait,
)

PHASE = "work"
LEAD_TASK = "Say who speaks next and what they are to do; or that we are done; or ask people to decide."
GO_ON = "Go on towards the goal with what you can do best."
# The leader may fail so often in a row.
FAILURES_MOST = 2
# And speak so often in a row without an instruction: questions to people, failures and silence by turns.
LEADS_MOST = 6


def decide(history: History) -> Decision:
    leader = history.setup.office("leader")
    if leader is None or not history.is_here(leader):
        return Finish("nobody_left", "The leader is not here any more.")
    led = [turn for turn in history.taken if turn.part == "leader"]
    last = history.taken[-1] if history.taken else None
    if last is None or last.part != "leader":
        return _lead(history, leader)
    if last.state != "done":
        if all(turn.state != "done" for turn in led[-FAILURES_MOST:]) and len(led) >= FAILURES_MOST:
            return Finish("errors", "The leader can't go on.")
        return _lead(history, leader)
    if last.answer is None and len(_unanswered(history)) < asking.TRIES:
        return _lead(history, leader)
    if last.answer is None or last.answer.is_abstention:
        return _follow(history, _least(history), GO_ON)
    return _led(history, leader, last.answer)


def _led(history: History, leader: UUID, answer: Answer) -> Decision:
    if answer.is_done:
        return Finish("finished", "The leader says that the goal is reached.")
    if answer.question:
        if len(history.taken) in history.asked_at:
            return _lead(history, leader)
        return Wait(answer.question, answer.options)
    named = next((id_ for id_ in history.cast if history.name(id_) == answer.next), None)
    return _follow(history, named or _least(history), answer.instruction or GO_ON)


def _lead(history: History, leader: UUID) -> Decision:
    in_a_row = list(takewhile(lambda turn: turn.part == "leader", reversed(history.taken)))
    if len(in_a_row) >= LEADS_MOST:
        return Finish("stall", f"The leader spoke {LEADS_MOST} times and gave nobody anything to do.")
    number = _instructions(history) + 1
    names = tuple(history.name(id_) for id_ in history.cast)
    return Speak(Speech(leader, "leader", PHASE, LEAD_TASK, number, ask=Ask("lead", names)))


def _follow(history: History, member: UUID, instruction: str) -> Decision:
    number = _instructions(history) + 1
    most = history.setup.rounds
    if number > most:
        return Finish("rounds", f"The leader has given {most} instructions, the most they may.")
    return Speak(Speech(member, "follower", PHASE, instruction, number))


def _instructions(history: History) -> int:
    return sum(turn.part == "follower" for turn in history.taken)


def _unanswered(history: History) -> list[Taken]:
    """The leader's turns in a row, up to now, that handed in nothing."""
    return list(
        takewhile(
            lambda turn: turn.part == "leader" and turn.answer is None and turn.state == "done",
            reversed(history.taken),
        )
    )


def _least(history: History) -> UUID:
    return min(history.cast, key=lambda id_: sum(turn.member == id_ for turn in history.taken))


def outcome(history: History) -> Outcome | None:
    answers = [turn for turn in history.taken if turn.part == "leader" and turn.answer is not None]
    if not answers:
        return None
    last = answers[-1]
    answer = last.answer or Answer()
    work = [turn for turn in history.taken if turn.part == "follower" and turn.text.strip()]
    progress = next((t.answer.progress for t in reversed(answers) if t.answer and t.answer.progress), ())
    question = answer.question
    return Outcome(
        decision=(answer.reason or last.text.strip() or "The goal is reached.")
        if answer.is_done
        else "The goal is not reached yet.",
        is_decided=answer.is_done,
        numbers=tuple(turn.number for turn in work[-2:]) or (last.number,),
        questions=(Point(question, (last.number,)),) if question else (),
        tasks=tuple(Point(line, (last.number,)) for line in progress),
    )


def brief(history: History, turn: Taken) -> str:
    if turn.part == "follower":
        return f"{_leader(history)} leads, and asks you for what your task says. Deliver it."
    lines = []
    for done in history.taken:
        if done.part == "follower" and done.number < turn.number:
            came = briefs.said(done) if done.state == "done" else f"({done.state})"
            lines.append(f"- {history.name(done.member)}: {_short(came)}")
    led = [t for t in history.taken if t.part == "leader" and t.number < turn.number and t.answer]
    progress = led[-1].answer.progress if led and led[-1].answer else ()
    ledger = "\n".join(lines) or "- nothing yet"
    noted = "\n".join(f"- {line}" for line in progress) or "- nothing yet"
    left = history.setup.rounds - _instructions(history)
    return (
        f"You lead. What was done:\n{ledger}\nThe progress that you noted:\n{noted}\n"
        f"You may give {left} more instructions."
    )


def _leader(history: History) -> str:
    leader = history.setup.office("leader")
    return history.name(leader) if leader is not None else "Somebody"


def _short(text: str, most: int = 200) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[:most].rpartition(' ')[0]} …"


def expected(setup: Setup) -> Sequence[UUID]:
    leader = setup.office("leader")
    work = setup.cast[: setup.rounds] if setup.rounds < len(setup.cast) else setup.cast
    return [id_ for member in work for id_ in (leader or member, member)] + ([leader] if leader else [])


MODE = Mode(
    "leader",
    "Leader and followers",
    "A leader says who does what next, keeps a list of the progress, and asks people to decide.",
    decide,
    outcome,
    brief,
    expected,
    least=1,
    rounds=6,
    offices=("leader",),
    needs_offices=True,
    phases=(PHASE,),
)
