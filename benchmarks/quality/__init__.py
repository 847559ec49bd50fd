"""Quality of texts: sampling, likelihood, compression, library, safety, personal models."""
