"""Everything that is kept about each user."""
