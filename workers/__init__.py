"""The RQ worker: one turn from the inbox to delivered, many turns at a time."""
