"""A person's connection to a room."""

from rooms.consumers.room import RoomConsumer

__all__ = ["RoomConsumer"]
