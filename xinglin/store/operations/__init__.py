"""What the operator sees and steers: metrics, models, workers, sessions."""
