from __future__ import annotations

from django.db import models
from django.db.models import Q

from rooms.models.message import Message
from rooms.models.participant import Participant
from rooms.models.room import Room


class Poll(models.Model):
    """A question to the room, at the place of its message, which is also its id.

    Who asked is the message's participant. `turn_id` names the turn of an upper app that made
    it, and is no foreign key for that reason. `revision` counts what everybody could see change.
    Whom it could have asked is kept at its end (`people`, `personas`), since the roster goes on.
    """

    class PersonaVoting(models.TextChoices):
        NONE = "none", "Personas do not vote"
        MAY = "may", "Personas may vote"
        MUST = "must", "Personas are asked to vote"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="poll")
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="polls")
    turn_id = models.UUIDField(null=True, blank=True)
    question = models.CharField(max_length=300)
    options = models.JSONField()
    is_multiple = models.BooleanField(default=False)
    is_anonymous = models.BooleanField(default=False)
    is_sealed = models.BooleanField(default=False)
    persona_voting = models.CharField(max_length=4, choices=PersonaVoting, default=PersonaVoting.MAY)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    closes_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    people = models.PositiveIntegerField(null=True, blank=True)
    personas = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["room", "closed_at"], name="open_polls"),
            models.Index(fields=["closes_at"], condition=Q(closed_at=None), name="due_polls"),
        )

    def __str__(self) -> str:
        return self.question


class Ballot(models.Model):
    """What one participant has voted, as indexes of the poll's options.

    `model` is what a persona answered with then; blank for people. On no page of the
    administration: an anonymous vote is nobody's to look up.
    """

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="ballots")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+")
    choices = models.JSONField()
    reason = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=200, blank=True)
    cast_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["poll", "participant"], name="one_ballot_a_voter"),)

    def __str__(self) -> str:
        return f"a ballot of {self.poll_id}"
