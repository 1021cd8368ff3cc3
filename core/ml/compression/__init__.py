"""Classifiers made smaller and faster: 8-bit weights, fewer words, fewer layers; and their export to other runtimes."""
