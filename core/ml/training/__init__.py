"""Training methods: each turns labelled texts into a model folder."""
