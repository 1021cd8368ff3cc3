"""Durable jobs: the worker that claims them and the workflows that carry them out."""
