"""The study of the pair model: variants of shape and training at equal processor time."""
