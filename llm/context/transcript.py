"""What was said, as text that only grows: each message is rendered once and alike in every
prompt, so that one call's transcript is the beginning of the next one's. Pure.

Where not all of it fits, its front moves in big steps (`start_of_window`): a window of the
last so many messages would begin elsewhere at every call, and nothing could be cached.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llm.context.escaping import attribute, escaped
from llm.context.fitting import without_middle
from llm.context.rules import KINDS
from llm.context.values import Line
from llm.gateway.types import Part

# A provider that is told what to cache finds it again where a piece ends that ended there
# before: so what is finished is cut at places that stay.
PART_CHARACTERS = 4_000


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


def start_of_window(numbers: Sequence[int], sizes: Sequence[int], most: int) -> int:
    """The index of the first message to show, where those from it on may have `most` tokens.

    Decided from the messages alone, so that nothing has to be remembered between calls:

    1. Where all fit, all are shown.
    2. Else it begins at one that leaves between half of `most` and all of it: at the one whose
       number can be halved most often, the oldest of these. Such numbers are rare, so that the
       same one is found again at call after call, until as much as a quarter of the window,
       for messages of one length, has come in behind it.
    3. Where none is in that range (one message is more than half of it), at the oldest that fits.
    """
    total, found, found_level = 0, len(sizes), -1
    for index in range(len(sizes) - 1, -1, -1):
        total += sizes[index]
        if total > most:
            return found
        if total * 2 < most:
            found = index
            continue
        level = _halvings(numbers[index])
        if level >= found_level:
            found, found_level = index, level
    return 0


def _halvings(number: int) -> int:
    return (number & -number).bit_length()


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
