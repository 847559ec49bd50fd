"""The binary model file of the original wyGPT: read, written, and made a model folder of."""
