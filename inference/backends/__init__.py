"""The ways to run a model. All of them speak `base.Backend`."""
