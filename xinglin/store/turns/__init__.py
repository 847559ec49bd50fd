"""A message's way: admitted, taken in, leased, answered, delivered."""
