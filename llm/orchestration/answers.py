"""What a turn hands in besides its text: read, checked, compared. Pure.

Models with tools hand it in by the tool `submit`; others write a line for it. What can't be
understood is told to the model once; a turn that still has handed in nothing is asked once
more by its mode, and then counts as an abstention.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any, assert_never

from llm.orchestration.values import Answer, Ask

CHOICE_CHARACTERS = 120
REASON_CHARACTERS = 400
LINE_CHARACTERS = 600
LIST_MOST = 12

_MARKS = re.compile(r"[^\w\s%€$£+#./-]", re.UNICODE)
_ARTICLE = re.compile(r"^(?:the|a|an|option|answer|side|choice)\s+(?=\S)")
_FIELD = re.compile(
    r"(?:^|[;\n])\s*(choice|confidence|reason|ranking|next|instruction|progress|done|question|options)\s*[:=]\s*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@lru_cache(maxsize=4_096)
def key_of(choice: str) -> str:
    """What makes two choices one: letters and digits in one case, no article, no marks at the ends."""
    text = unicodedata.normalize("NFKC", choice).casefold()
    text = " ".join(_MARKS.sub(" ", text).split()).strip(" ./-")
    return _ARTICLE.sub("", text)


def chosen(choice: str, choices: Sequence[str]) -> str | None:
    """Which of `choices` is meant: by its words, or its number from 1; itself where there are none."""
    text = " ".join(choice.split())[:CHOICE_CHARACTERS]
    if not choices:
        return text if key_of(text) else None
    key = key_of(text)
    keys = {key_of(option): option for option in choices}
    if key in keys:
        return keys[key]
    if key.isascii() and key.isdigit() and 0 < int(key[:4]) <= len(choices):
        return choices[int(key[:4]) - 1]
    # “B: because …”, “I choose Friday”: where exactly one option stands in it as whole words.
    found = [o for k, o in keys.items() if k and re.search(rf"(?<!\w){re.escape(k)}(?!\w)", key)]
    return found[0] if len(found) == 1 else None


def checked(ask: Ask, answer: Answer) -> Answer | str:
    """`answer` as far as `ask` wants it, in the words of its choices, or what is wrong with it."""
    match ask.kind:
        case "ballot" | "verdict":
            choice = chosen(answer.choice, ask.choices)
            if choice is None:
                return (
                    f"choice has to be one of: {'; '.join(ask.choices)}."
                    if ask.choices
                    else "choice is blank."
                )
            return Answer(choice, answer.confidence, answer.reason)
        case "ranking":
            order = dict.fromkeys(
                found for label in answer.ranking if (found := chosen(label, ask.choices)) is not None
            )
            if set(order) != set(ask.choices):
                return f"ranking has to name each of these once, the best first: {', '.join(ask.choices)}."
            return Answer(ranking=tuple(order), reason=answer.reason)
        case "lead":
            if answer.is_done or answer.question:
                return replace(answer, next="")
            found = chosen(answer.next, ask.choices)
            if found is None:
                names = ", ".join(ask.choices)
                return f"next has to be one of {names}; or say done: yes, or ask people a question."
            return replace(answer, next=found)
        case _:
            assert_never(ask.kind)


def made(values: dict[str, Any]) -> Answer:
    """An answer out of loose values, as models write them: each cut to its length, nothing refused."""
    return Answer(
        choice=_line(values.get("choice"))[:CHOICE_CHARACTERS],
        confidence=_confidence(values.get("confidence")),
        reason=_line(values.get("reason"))[:REASON_CHARACTERS],
        ranking=_list(values.get("ranking"), between=r"[,>;\n]+"),
        next=_line(values.get("next")).removeprefix("@")[:CHOICE_CHARACTERS],
        instruction=_line(values.get("instruction"))[:LINE_CHARACTERS],
        progress=_list(values.get("progress"), between=r"[;\n]+"),
        is_done=_is_yes(values.get("done")),
        question=_line(values.get("question"))[:LINE_CHARACTERS],
        options=_list(values.get("options"), between=r"[|;,\n]+"),
    )


def read_fields(text: str) -> dict[str, Any]:
    """ "choice: Friday; confidence: 80; reason: it is quiet" as values for `made`."""
    marks = list(_FIELD.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return {
        mark[1].lower(): text[mark.end() : end].strip(" ;\n") for mark, end in zip(marks, ends, strict=False)
    }


def in_text(ask: Ask, text: str) -> Answer | None:
    """The answer that stands in plain lines at the end of a text, of a model that did not hand it in."""
    lines = [line.strip("*_`- >") for line in text.strip().splitlines() if line.strip()]
    for start in range(max(0, len(lines) - 10), len(lines)):
        values = read_fields("\n".join(lines[start:]))
        if values:
            answer = checked(ask, made(values))
            return answer if isinstance(answer, Answer) else None
    return None


def spoken(ask: Ask, answer: Answer) -> str:
    """What is said in the room of an answer that came without words."""
    if answer.is_abstention:
        return ""
    reason = f" {answer.reason}" if answer.reason else ""
    match ask.kind:
        case "ballot" | "verdict":
            sure = f" ({answer.confidence} % sure)" if answer.confidence is not None else ""
            return f"**{answer.choice}**{sure}.{reason}"
        case "ranking":
            return f"My order: {', '.join(answer.ranking)}.{reason}"
        case "lead":
            if answer.question:
                return "\n".join([answer.question, *(f"- {option}" for option in answer.options)])
            if answer.is_done:
                return answer.reason or "We are done."
            return f"{answer.next}: {answer.instruction or 'please go on.'}"
        case _:
            assert_never(ask.kind)


def to_data(answer: Answer) -> dict[str, Any]:
    return asdict(answer)


def from_data(data: dict[str, Any]) -> Answer:
    known = {field.name for field in fields(Answer)}
    values: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v for name, v in data.items() if name in known
    }
    return Answer(**values)


def _line(value: Any) -> str:
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return " ".join(str(value).split())


def _list(value: Any, *, between: str) -> tuple[str, ...]:
    parts = value if isinstance(value, list | tuple) else re.split(between, str(value or ""))
    lines = [_line(part).strip(" -*\u2022") for part in parts]
    return tuple(line[:LINE_CHARACTERS] for line in lines if line)[:LIST_MOST]


def _confidence(value: Any) -> int | None:
    """Of 100: "80", 80, "80 %", 0.8."""
    if isinstance(value, bool) or value is None:
        return None
    found = _NUMBER.search(str(value))
    if found is None:
        return None
    number = float(found[0].replace(",", "."))
    if 0 < number < 1:
        number *= 100
    return max(0, min(100, round(number))) if abs(number) < 1_000_000 else None


def _is_yes(value: Any) -> bool:
    return value is True or str(value).strip(" .!").casefold() in {"yes", "true", "1", "done"}
