"""Noticing a model that says the same again and again without end. Pure.

Some models, small ones above all, fall into a loop that only their output limit ends.
"""

from __future__ import annotations

# How far apart a text is looked at; a look costs some microseconds.
LOOK_EVERY = 250
# The same at least so often, and over so much text: tables, rows of dashes and refrains stay.
TIMES = 4
CHARACTERS = 1_600
LONGEST_UNIT = 1_500
# What must come again for a unit to be considered.
PROBE = 48


def end_of_first(text: str) -> int | None:
    """Where what `text` ends in was said once, if it has been said over and over since.

    1. The last characters are searched for before themselves: the distance is a candidate
       for the length of the unit that repeats.
    2. It is one if the end of the text, over all the characters that are asked for, equals
       itself shifted by it.
    3. The repeated part is followed back to where it began; one unit of it stays.
    """
    if len(text) < CHARACTERS:
        return None
    probe = text[-PROBE:]
    at = len(text) - PROBE
    while (at := text.rfind(probe, 0, at + PROBE - 1)) >= 0:
        unit = len(text) - PROBE - at
        if unit > LONGEST_UNIT:
            return None
        span = max(CHARACTERS, TIMES * unit)
        if len(text) >= span and text[-span + unit :] == text[-span:-unit]:
            start = len(text) - span
            while start > 0 and text[start - 1] == text[start - 1 + unit]:
                start -= 1
            return start + unit
    return None
