"""Encoders, the classifier and its training, tagging, evaluation; the one place that loads torch."""
