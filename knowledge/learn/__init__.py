"""Learning what the finder ships with: the encoder's rows, the bands, the choice of a follow-up."""
