"""Rules, the state step of an alert, and the evaluator that drives it."""
