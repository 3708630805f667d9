"""The catalogue of personas. It knows neither rooms nor language models."""
