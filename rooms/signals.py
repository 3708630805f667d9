"""News for upper apps. Sent after commit with `send_robust`, and may be lost with the
process: whoever acts on it keeps a cursor and sweeps."""

from django.dispatch import Signal

# room_id: UUID, events: list[eventlog.Committed]
events_committed = Signal()
