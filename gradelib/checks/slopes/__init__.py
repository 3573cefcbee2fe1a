"""Slopes of a function, measured by finite differences, and what they say of a claimed gradient."""
