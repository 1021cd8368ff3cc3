"""Frozen dataclasses and pure rules; no input, output or framework."""
