"""What the bot knows: notes, tables and books, and the check of what is said against them."""
