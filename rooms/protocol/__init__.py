"""The room protocol: one definition for the socket, REST and the browser.

Everything here is a pydantic model. `manage.py export_protocol` writes the
TypeScript twin (`frontend/src/protocol/generated.ts`) and the event table of
`docs/event-protocol.md` from it; `scripts/check` refuses a drift.
"""

PROTOCOL_VERSION = 1
