"""Which mistake gives exactly these wrong numbers: hypotheses, and replayed slips."""
