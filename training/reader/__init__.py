"""Lessons in reading: questions with evidence, and the answers that stand in it."""
