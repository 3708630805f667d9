"""Who speaks next in a run, and when it ends: pure functions of what has happened (docs/orchestration.md)."""
