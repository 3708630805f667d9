"""What a client knows of a room: the snapshot, and the events folded into it. The same
rules as the browser's reducer, written a second time on purpose."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class RoomState:
    """`apply` folds one envelope; `is_behind` and `gapped` say what must be fetched."""

    def __init__(self) -> None:
        self.epoch = ""
        self.head_seq = 0
        # The newest number heard of.
        self.heard_seq = 0
        self.room: Json = {}
        self.you: Json = {}
        self.participants: dict[str, Json] = {}
        self.messages: dict[str, Json] = {}
        self.turns: dict[str, Json] = {}
        self.polls: dict[str, Json] = {}
        self.memory: Json | None = None
        self.budgets: dict[str, Json] = {}
        self.runs: dict[str, Json] = {}
        self.hands: dict[str, Json] = {}
        # Durable events that came before the one that is next.
        self.held: dict[int, Json] = {}
        # Messages of which a delta was missed.
        self.gapped: set[str] = set()
        # Deltas that overtook the event that their message begins or goes on with, by message.
        self.early: dict[str, list[Json]] = {}

    # --- Reading ----------------------------------------------------------------------

    @property
    def in_order(self) -> list[Json]:
        return sorted(self.messages.values(), key=lambda message: int(message["seq"]))

    def named(self, name: str) -> Json:
        """The participant of that name."""
        return next(p for p in self.participants.values() if p["name"] == name)

    def messages_of(self, name: str) -> list[Json]:
        """None of somebody whose coming was not told here yet, or is not at all."""
        who = self._ids_of(name)
        return [message for message in self.in_order if message["participant_id"] in who]

    def turns_of(self, name: str) -> list[Json]:
        """As `messages_of`."""
        who = self._ids_of(name)
        return [turn for turn in self.turns.values() if turn["participant_id"] in who]

    def _ids_of(self, name: str) -> set[str]:
        return {p["id"] for p in self.participants.values() if p["name"] == name}

    def comparable(self) -> Json:
        """What must be equal for all who watch the room, and in the REST snapshot."""
        return {
            "room": self.room,
            "participants": self.participants,
            "messages": self.in_order,
            "turns": dict(sorted(self.turns.items())),
            "polls": dict(sorted(self.polls.items())),
            "memory": self.memory,
            "budgets": dict(sorted(self.budgets.items())),
            "runs": dict(sorted(self.runs.items())),
            "hands": dict(sorted(self.hands.items())),
        }

    # --- Folding ----------------------------------------------------------------------

    def replace(self, snapshot: Json) -> list[Json]:
        """Takes a snapshot; answers the events that came before it and are newer."""
        self.epoch = snapshot["epoch"]
        self.head_seq = snapshot["head_seq"]
        self.room = snapshot["room"]
        self.you = snapshot["you"]
        self.participants = {p["id"]: p for p in snapshot["participants"]}
        self.messages = {m["id"]: m for m in snapshot["messages"]}
        self.turns = {t["id"]: t for t in snapshot.get("turns", [])}
        self.polls = {p["id"]: p for p in snapshot["polls"]}
        self.memory = next(iter(snapshot.get("memory", [])), None)
        self.budgets = {b["id"]: b for b in snapshot.get("budgets", [])}
        self.runs = {r["id"]: r for r in snapshot.get("runs", [])}
        self.hands = {h["id"]: h for h in snapshot.get("hands", [])}
        self.gapped.clear()
        self.early.clear()
        self.held = {seq: event for seq, event in self.held.items() if seq > self.head_seq}
        return self._release()

    def apply(self, envelope: Json) -> list[Json]:
        """One frame or replayed event. Durable ones are applied in the order of their
        numbers; one from the future is held until the gap is filled. Answers those that
        were applied now."""
        seq = envelope["seq"]
        if seq is None:
            return self._apply_unnumbered(envelope["type"], envelope["data"])
        self._hear(seq)
        if seq > self.head_seq:
            self.held[seq] = envelope
        return self._release()

    @property
    def is_behind(self) -> bool:
        """Whether there are events that did not come, or that wait for an earlier one."""
        return self.heard_seq > self.head_seq

    def put_message(self, message: Json) -> None:
        """A message fetched whole. What is known already may be newer."""
        self.gapped.discard(message["id"])
        self._put(message)

    def _hear(self, seq: int) -> None:
        self.heard_seq = max(self.heard_seq, seq)

    def _forget(self) -> None:
        """What was told in another epoch is another history."""
        self.epoch, self.head_seq, self.heard_seq = "", 0, 0
        self.held.clear()

    def _release(self) -> list[Json]:
        released = []
        while (event := self.held.pop(self.head_seq + 1, None)) is not None:
            self.head_seq += 1
            self._apply_durable(event["type"], event["data"])
            released.append(event)
        return released

    def _apply_durable(self, kind: str, data: Json) -> None:
        match kind:
            case "room.changed":
                self.room = data["room"]
            case "participant.changed":
                self.participants[data["participant"]["id"]] = data["participant"]
            case "message.posted" | "message.resumed" | "message.finished":
                self._put(data["message"])
            case "turn.changed":
                self._put_turn(data["turn"])
            case "poll.changed":
                self._put_poll(data["poll"])
            case "memory.changed":
                if self.memory is None or self.memory["version"] <= data["memory"]["version"]:
                    self.memory = data["memory"]
            case "budget.changed":
                self._put_budget(data["budget"])
            case "run.changed":
                self._put_run(data["run"])
            case "hand.changed":
                self._put_hand(data["hand"])

    def _put(self, message: Json) -> None:
        # A replay may bring the beginning of what is further on already.
        known = self.messages.get(message["id"])
        if known is None or _is_newer(message, known):
            self.messages[message["id"]] = message
        if self.messages[message["id"]]["state"] != "streaming":
            self.gapped.discard(message["id"])
        for delta in self.early.pop(message["id"], []):
            self._apply_delta(delta)

    def _put_turn(self, turn: Json) -> None:
        known = self.turns.get(turn["id"])
        if known is None or _stage(turn) >= _stage(known):
            self.turns[turn["id"]] = turn

    def _put_poll(self, poll: Json) -> None:
        known = self.polls.get(poll["id"])
        if known is None or poll["revision"] >= known["revision"]:
            self.polls[poll["id"]] = poll

    def _put_run(self, run: Json) -> None:
        known = self.runs.get(run["id"])
        if known is None or run["revision"] >= known["revision"]:
            self.runs[run["id"]] = run

    def _put_hand(self, hand: Json) -> None:
        self.hands.pop(hand["id"], None)
        if hand["state"] != "lowered" and hand["turn_id"] is None:
            self.hands[hand["id"]] = hand

    def _put_budget(self, budget: Json) -> None:
        self.budgets.pop(budget["id"], None)
        if budget["level"] != "ok":
            self.budgets[budget["id"]] = budget

    def _apply_unnumbered(self, kind: str, data: Json) -> list[Json]:
        match kind:
            case "hello" if self.epoch not in ("", data["epoch"]):
                self._forget()
            case "heartbeat":
                self._hear(data["head_seq"])
            case "snapshot":
                return self.replace(data)
            case "message.deltas":
                for delta in data["deltas"]:
                    self._apply_delta(delta)
        return []

    def _apply_delta(self, delta: Json) -> None:
        message = self.messages.get(delta["message_id"])
        if message is None or (message["state"] != "streaming" and delta["fence"] > message["fence"]):
            self.early.setdefault(delta["message_id"], []).append(delta)
            return
        is_old = (delta["fence"], delta["index"]) <= (message["fence"], message["index"])
        if message["state"] != "streaming" or is_old:
            return
        if delta["fence"] == message["fence"] and delta["index"] == message["index"] + 1:
            self.messages[message["id"]] = message | {
                "text": message["text"] + delta["text"],
                "index": delta["index"],
            }
        else:
            self.gapped.add(message["id"])


def _is_newer(message: Json, known: Json) -> bool:
    """Of one message. A later writer's, else the end, else what has more of the text."""
    if message["fence"] != known["fence"]:
        return bool(message["fence"] > known["fence"])
    if message["state"] != "streaming":
        return True
    return bool(known["state"] == "streaming" and message["index"] >= known["index"])


def _stage(turn: Json) -> int:
    """How far a turn is. Of two shapes the one that is further is the later."""
    if turn["state"] not in ("queued", "running"):
        # What was sealed, or only handed in, gets its message after its end.
        return 3 if (turn["run"] or {}).get("is_sealed") else 4 if turn["message_id"] is None else 5
    return 0 if turn["state"] == "queued" else 1 if turn["message_id"] is None else 2
