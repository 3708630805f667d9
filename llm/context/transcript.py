"""What was said, as text that only grows: each message is rendered once and alike in every
prompt, so that one call's transcript is the beginning of the next one's. Pure.

Where not all of it fits, its front moves in big steps (`start_of_window`): a window of the
last so many messages would begin elsewhere at every call, and nothing could be cached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from llm.context.escaping import attribute, escaped
from llm.context.fitting import without_middle
from llm.context.rules import KINDS
from llm.context.values import Line
from llm.gateway.types import Part

# A provider that is told what to cache finds it again where a piece ends that ended there
# before: so what is finished is cut at places that stay.
PART_CHARACTERS = 4_000

# About a message's tag.
AROUND_CHARACTERS = 80
_CHARACTERS_A_TOKEN = 4


def line_of(line: Line, *, most: int) -> str:
    """The message in its tag, its middle left out where it is longer than `most` tokens.

    The text stands on lines of its own: a combining character at its beginning would
    otherwise become one with the tag's end for whoever normalises.
    """
    speaker = f"speaker={attribute(line.speaker.name)} kind={attribute(KINDS[line.speaker.kind])}"
    answers = f' reply_to="{line.answers}"' if line.answers is not None else ""
    state = ' state="cut off"' if line.is_cut_off else ""
    text = without_middle(escaped(line.text), most)
    return f'<message id="{line.number}" {speaker}{answers}{state}>\n{text}\n</message>\n'


def start_of_window(lengths: Sequence[int], sizes: Sequence[int], most: int, before: int = 0) -> int:
    """The index of the first message to show, where those from it on may have `most` tokens.

    `lengths` are the messages' in the measure of `length_of`, and `before` that of all that was
    said before them; `sizes` are their tokens. Decided from the messages alone, so that nothing
    has to be remembered between calls:

    1. Where all fit, all are shown.
    2. Else it begins at a milestone: the first message behind each multiple of a length that is
       about half of what may be shown. The oldest milestone that leaves no more than fits stays
       the same until so much has been said again.
    3. Where there is none (scripts in which a token is a character), at one of half that length,
       and so on.
    """
    total, fitting = 0, len(sizes)
    while fitting > 0 and total + sizes[fitting - 1] <= most:
        fitting -= 1
        total += sizes[fitting]
    if fitting == 0 and before == 0:
        return 0
    starts = list(accumulate(lengths, initial=before))
    # A power of two: a budget that changes a little moves no milestone.
    apart = _CHARACTERS_A_TOKEN << max(0, (most // 2).bit_length() - 1)
    while apart > _CHARACTERS_A_TOKEN:
        for index in range(max(fitting, 1), len(sizes)):
            if starts[index] // apart > starts[index - 1] // apart:
                return index
        apart //= 2
    return fitting


def length_of(text: str) -> int:
    """What a message counts for milestones: what any database can sum up."""
    return AROUND_CHARACTERS + len(text)


def parts_of(lines: Sequence[str]) -> Iterator[Part]:
    """The rendered messages in pieces, each ending where it will end in the next call as well;
    but for the last one, which still grows. The last finished piece is to be cached, and so is
    the last of all, for the other personas that this very message woke."""
    pieces: list[str] = []
    piece: list[str] = []
    length = 0
    for line in lines:
        piece.append(line)
        length += len(line)
        if length >= PART_CHARACTERS:
            pieces.append("".join(piece))
            piece, length = [], 0
    rest = "".join(piece)
    for index, text in enumerate(pieces):
        yield Part(text, is_cached=index == len(pieces) - 1)
    if rest:
        yield Part(rest, is_cached=True)
