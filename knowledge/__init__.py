"""What an account knows: its notes and tables, found for a question, and held against a reply."""
