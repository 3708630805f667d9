from rooms.models.event import Event
from rooms.models.guest import Guest
from rooms.models.installation import Installation
from rooms.models.message import Message
from rooms.models.participant import Participant
from rooms.models.poll import Ballot, Poll
from rooms.models.receipt import Receipt
from rooms.models.room import Room
from rooms.models.token import ApiToken

__all__ = [
    "ApiToken",
    "Ballot",
    "Event",
    "Guest",
    "Installation",
    "Message",
    "Participant",
    "Poll",
    "Receipt",
    "Room",
]
