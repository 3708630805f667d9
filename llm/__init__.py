"""Personas that speak: turns, their limits, and the language models behind them."""
