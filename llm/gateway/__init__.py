"""The door to language models, and the only importer of LiteLLM in the project.

This package re-exports nothing, so that importing `types`, `errors` or `defaults` (as web
processes do) never imports LiteLLM: that takes seconds and 165 MB.
"""
