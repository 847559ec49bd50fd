"""What teaches a model to read: questions with evidence, and the answers that stand in it."""
