"""What a language model's probabilities are good for: choosing, filling blanks, judging."""
