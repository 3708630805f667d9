"""The room: people, personas and messages, its event log and its socket.

Works with no language model at all; what upper apps add comes through
`rooms.extensions` (asked for) and `rooms.signals` (told).
"""
