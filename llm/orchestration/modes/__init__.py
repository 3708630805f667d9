"""The modes, a file each: see docs/orchestration.md for how to add one. Pure."""
