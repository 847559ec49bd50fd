"""What is kept about each user."""
