"""The operator's side: metrics, models, workers, sessions."""
