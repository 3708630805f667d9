"""What a client knows of a room: the snapshot, and the events folded into it. The same
rules as the browser's reducer, written a second time on purpose."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class RoomState:
    """`apply` folds one envelope; `missing_message` and `is_behind` say what must be fetched."""

    def __init__(self) -> None:
        self.epoch = ""
        self.head_seq = 0
        self.room: Json = {}
        self.you: Json = {}
        self.participants: dict[str, Json] = {}
        self.messages: dict[str, Json] = {}
        self.turns: dict[str, Json] = {}
        # Durable events that came before the one that is next.
        self.held: dict[int, Json] = {}
        # Messages of which a delta was missed.
        self.gapped: set[str] = set()

    # --- Reading ----------------------------------------------------------------------

    @property
    def in_order(self) -> list[Json]:
        return sorted(self.messages.values(), key=lambda message: int(message["seq"]))

    def named(self, name: str) -> Json:
        """The participant of that name."""
        return next(p for p in self.participants.values() if p["name"] == name)

    def messages_of(self, name: str) -> list[Json]:
        who = self.named(name)["id"]
        return [message for message in self.in_order if message["participant_id"] == who]

    def turns_of(self, name: str) -> list[Json]:
        who = self.named(name)["id"]
        return [turn for turn in self.turns.values() if turn["participant_id"] == who]

    def comparable(self) -> Json:
        """What must be equal for all who watch the room, and in the REST snapshot."""
        return {
            "room": self.room,
            "participants": self.participants,
            "messages": self.in_order,
            "turns": dict(sorted(self.turns.items())),
        }

    # --- Folding ----------------------------------------------------------------------

    def replace(self, snapshot: Json) -> None:
        self.epoch = snapshot["epoch"]
        self.head_seq = snapshot["head_seq"]
        self.room = snapshot["room"]
        self.you = snapshot["you"]
        self.participants = {p["id"]: p for p in snapshot["participants"]}
        self.messages = {m["id"]: m for m in snapshot["messages"]}
        self.turns = {t["id"]: t for t in snapshot.get("turns", [])}
        self.gapped.clear()
        self.held = {seq: event for seq, event in self.held.items() if seq > self.head_seq}
        self._release()

    def apply(self, envelope: Json) -> None:
        """One frame or replayed event. Durable ones are applied in the order of their
        numbers; one from the future is held until the gap is filled."""
        seq = envelope["seq"]
        if seq is None:
            self._apply_ephemeral(envelope["type"], envelope["data"])
        elif seq > self.head_seq:
            self.held[seq] = envelope
            self._release()

    @property
    def is_behind(self) -> bool:
        """Whether events wait for an earlier one."""
        return bool(self.held)

    def put_message(self, message: Json) -> None:
        """A message fetched whole. What is known already may be newer."""
        known = self.messages.get(message["id"])
        self.gapped.discard(message["id"])
        if known is None or known["state"] == "streaming":
            self.messages[message["id"]] = message

    def _release(self) -> None:
        while (event := self.held.pop(self.head_seq + 1, None)) is not None:
            self.head_seq += 1
            self._apply_durable(event["type"], event["data"])

    def _apply_durable(self, kind: str, data: Json) -> None:
        match kind:
            case "room.changed":
                self.room = data["room"]
            case "participant.changed":
                self.participants[data["participant"]["id"]] = data["participant"]
            case "message.posted":
                self._posted(data["message"])
            case "message.finished":
                self.messages[data["message"]["id"]] = data["message"]
                self.gapped.discard(data["message"]["id"])
            case "turn.changed":
                self.turns[data["turn"]["id"]] = data["turn"]

    def _posted(self, message: Json) -> None:
        # A replay or snapshot may bring the beginning of what is further on already.
        known = self.messages.get(message["id"])
        if known is None or (known["fence"], known["index"]) < (message["fence"], message["index"]):
            self.messages[message["id"]] = message

    def _apply_ephemeral(self, kind: str, data: Json) -> None:
        if kind == "snapshot":
            self.replace(data)
        elif kind == "message.deltas":
            for delta in data["deltas"]:
                self._apply_delta(delta)

    def _apply_delta(self, delta: Json) -> None:
        message = self.messages.get(delta["message_id"])
        if message is None or message["state"] != "streaming" or message["fence"] != delta["fence"]:
            return
        if delta["index"] == message["index"] + 1:
            self.messages[message["id"]] = message | {
                "text": message["text"] + delta["text"],
                "index": delta["index"],
            }
        elif delta["index"] > message["index"]:
            self.gapped.add(message["id"])
