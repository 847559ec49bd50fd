"""Measures of the whole service: what a follower of the account gets from this model."""
