"""What is said of a cast before a run, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from llm.orchestration.advising import LEAST, Advice, Voice

_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def line(cast: Sequence[Voice], advice: Advice) -> str:
    """The short of it, in a few sentences without a number that was not counted."""
    if len(cast) < 2:
        return "One voice has nobody to differ from: a second one is what brings most."
    sentences = [_of_worth(cast, advice) if advice.worth else _without_numbers(cast, advice)]
    group = next((size for size in advice.sizes if size.size == len(cast) - 1), None)
    if group is not None:
        sentences.append(
            f"{number_word(group.size).capitalize()} of those who answered would have decided as all did in"
            f" {_short(group.same)} of {group.votes} votes."
        )
    return " ".join(sentences)


def _of_worth(cast: Sequence[Voice], advice: Advice) -> str:
    assert advice.worth is not None  # noqa: S101 (asked before)
    assert advice.one_more is not None  # noqa: S101 (comes with it)
    worth = advice.worth
    shown = (_short(worth.value), _short(worth.low), _short(worth.high))
    told = shown[0] if shown[1] == shown[2] else f"{shown[0]} ({shown[1]} to {shown[2]})"
    return (
        f"Going by {advice.votes} votes here, these {number_word(len(cast))} are worth about {told}"
        f" independent voices, and with one more like them {_short(advice.one_more)};"
        " agreeing is not being right."
        f"{' They are scripted, which says nothing of models.' if _are_scripted(cast) else ''}"
    )


def _without_numbers(cast: Sequence[Voice], advice: Advice) -> str:
    return f"{_known_so_far(cast, advice)} {_of_models(cast)}"


def _known_so_far(cast: Sequence[Voice], advice: Advice) -> str:
    if not advice.votes:
        return "No votes here yet."
    if advice.votes < LEAST:
        word = "vote" if advice.votes == 1 else "votes"
        return f"Only {number_word(advice.votes)} {word} here yet, too few for numbers."
    return f"{advice.votes} votes here, but too few that compare these {number_word(len(cast))}."


def _of_models(cast: Sequence[Voice]) -> str:
    """What can be said without any vote."""
    models = sorted({voice.model for voice in cast})
    if _are_scripted(cast):
        return "These voices are scripted: more of them bring more lines, and no other judgement."
    if len(models) == 1:
        return (
            f"These {number_word(len(cast))} all use {models[0]}, whose errors tend to be alike: expect"
            " little from more of them; a model of another maker is likely to bring more."
        )
    which = "a model each" if len(models) == len(cast) else f"{number_word(len(models))} models"
    return (
        f"These {number_word(len(cast))} use {which}; personas of one model tend to err alike, and how alike"
        " these models are is not known here."
    )


def _are_scripted(cast: Sequence[Voice]) -> bool:
    return all(voice.is_scripted for voice in cast)


def number_word(count: int) -> str:
    return _WORDS[count] if count < len(_WORDS) else str(count)


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
