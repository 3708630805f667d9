"""A debate. The numbers are those of docs/orchestration.md."""

from __future__ import annotations

from llm.orchestration.modes import debate
from llm.orchestration.values import Answer, History, SpeakTogether, Speech
from llm.tests.mode_runs import ADA, BO, CY, End, Script, history, outcome, play, setup, take

MODE = debate.MODE


def judged(*verdicts: Answer | None) -> Script:
    """Everybody speaks; the judge answers one after the other."""
    left = list(verdicts)

    def script(known: History, speech: Speech) -> End:
        if speech.phase == debate.VERDICT:
            return End(answer=left.pop(0))
        return End(text=f"{speech.phase} {speech.round} of {speech.member.int}")

    return script


def given(**values: object) -> History:
    return history(setup((ADA, BO), offices=(("judge", CY),), **values))


def letter(known: History, part: str, member: object) -> str:
    return next(key for key, id_ in debate._letters(known, part).items() if id_ == member)


def opened(known: History) -> History:
    decision = MODE.decide(known)
    assert isinstance(decision, SpeakTogether)
    return take(known, decision, judged())


def test_openings_are_sealed_and_rebuttals_in_turn() -> None:
    """10"""
    played = play(MODE, given(), judged(Answer("Side A"), Answer("Side A")))
    assert [(t.phase, t.member, t.is_sealed) for t in played.history.taken[:2]] == [
        ("openings", ADA, False),
        ("openings", BO, False),
    ]
    first = played.decisions[0]
    assert isinstance(first, SpeakTogether)
    assert all(speech.is_sealed for speech in first.speeches)
    assert played.spoke("rebuttals") == ["Ada", "Bo", "Ada", "Bo"]


def test_the_judge_is_asked_twice_with_the_sides_swapped() -> None:
    """11"""
    known = opened(given())
    assert debate._letters(known, "judge") != debate._letters(known, "judge_swapped")
    ada = [
        Answer(letter(known, part, ADA), reason="Side A and Side B.") for part in ("judge", "judge_swapped")
    ]
    played = play(MODE, given(), judged(*ada))
    made = outcome(MODE, played)
    assert played.end.message == "The judge finds twice that Ada made the better case."
    assert made.is_decided
    assert made.decision.startswith("Ada made the better case.")
    assert "Side" not in made.decision


def test_a_judge_that_prefers_a_place_is_split() -> None:
    """12"""
    played = play(MODE, given(), judged(Answer("Side A"), Answer("Side A")))
    made = outcome(MODE, played)
    assert "split" in played.end.message
    assert not made.is_decided
    assert made.decision.startswith("Split")


def test_a_judge_that_answers_nonsense_is_asked_once_more_and_then_gives_no_verdict() -> None:
    """13"""
    played = play(MODE, given(rounds=1), judged(None, None, None, None))
    assert len(played.spoke("verdict")) == 4
    assert not outcome(MODE, played).is_decided
    mended = play(MODE, given(rounds=1), judged(None, Answer("Side B"), Answer("Side A")))
    assert len(mended.spoke("verdict")) == 3
    assert outcome(MODE, mended).is_decided


def test_the_judge_is_shown_letters_instead_of_names() -> None:
    """14"""

    def script(known: History, speech: Speech) -> End:
        if speech.phase == debate.VERDICT:
            return End(answer=Answer("Side A"))
        return End(text="@Ada, and Bo as well: Bologna is not Bo.")

    played = play(MODE, given(rounds=1), script)
    shown = [MODE.brief(played.history, turn) for turn in played.history.taken if turn.phase == "verdict"]
    assert len(shown) == 2
    assert shown[0] != shown[1]
    for text in shown:
        assert "Ada" not in text
        assert "Bologna is not Side" in text


def test_each_side_argues_for_the_choice_that_it_was_given() -> None:
    """15"""
    known = opened(given(choices=("Monday", "Friday")))
    shown = [MODE.brief(known, turn) for turn in known.taken]
    assert "You argue for: Monday." in shown[0]
    assert "You argue for: Friday." in shown[1]


def test_without_a_judge_it_is_for_people_to_decide() -> None:
    """16"""
    played = play(MODE, history(setup((ADA, BO), rounds=1)), judged())
    assert "yours to decide" in played.end.message
    assert not outcome(MODE, played).is_decided


def test_one_opening_is_no_debate() -> None:
    """17"""

    def script(known: History, speech: Speech) -> End:
        return End("failed") if speech.member == ADA else End(text="Friday.")

    played = play(MODE, given(), script)
    assert played.spoke() == ["Ada", "Bo"]
    assert "no debate" in played.end.message
