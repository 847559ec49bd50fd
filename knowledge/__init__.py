"""An account's notes and tables: found for a question, and held against a reply."""
