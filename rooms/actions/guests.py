from __future__ import annotations

from rooms.errors import ParleyError
from rooms.models import Guest
from rooms.names import clean_name
from rooms.protocol.commands import NAME_CHARACTERS


def create_guest(*, name: str) -> Guest:
    """Somebody without an account. Raises `invalid` for a name that is none."""
    return Guest.objects.create(name=checked_name(name))


def checked_name(name: str) -> str:
    """`name` as it will be shown. Raises `invalid` with a sentence for people."""
    try:
        cleaned = clean_name(name)
    except ValueError as error:
        raise ParleyError("invalid", str(error), fields={"name": str(error)}) from None
    if len(cleaned) > NAME_CHARACTERS:
        sentence = f"A name has at most {NAME_CHARACTERS} characters."
        raise ParleyError("invalid", sentence, fields={"name": sentence})
    return cleaned
