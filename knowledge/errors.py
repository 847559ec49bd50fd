"""Errors of the package.

KnowledgeError            the caller tells the owner; the knowledge in use stays
    ReadError             a file of the folder cannot be used: file, line and remedy
    EncoderFileError      the encoder's file is damaged or of another version
    MappedFileError       an index is missing, damaged or of another version: it is made anew
"""

from __future__ import annotations


class KnowledgeError(Exception):
    """Root of what this package raises."""


class ReadError(KnowledgeError):
    """A file cannot be used; the sentence names file, line and remedy."""


class EncoderFileError(KnowledgeError):
    """The encoder's file is damaged or of another version."""


class MappedFileError(KnowledgeError):
    """A file of arrays is missing, damaged or of another version."""
