"""Runs: series of turns that a mode orchestrates, kept as rows (docs/orchestration.md)."""
