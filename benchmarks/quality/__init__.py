"""How good texts are: sampling, likelihood, compression, library, safety, personal models."""
