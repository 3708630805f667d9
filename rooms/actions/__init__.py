"""The write path: every change of a room, a file a subject.

An action is keyword-only with an explicit `by`, validates everything before it changes
anything, works in `eventlog.transaction()` and appends what changed. It trusts its
seat: access was checked by whoever fetched it.
"""
