"""Benches: numbers of the whole stack beside floors measured in the same run. See README.md."""
