"""Raised hands: what a persona would say, if it were let (docs/orchestration.md)."""
