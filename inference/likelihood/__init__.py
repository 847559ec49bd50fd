"""Uses of a language model's probabilities: choosing, filling blanks, judging."""
