"""Measures of a model: bits, exam questions, replies; and how they are written down."""
