"""Pictures of the console and the dashboard for the documentation."""
