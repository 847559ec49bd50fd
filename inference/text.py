"""Bytes of a reply as they come, cut where characters end."""

from __future__ import annotations

from inference.automaton import FINISHED, FORBIDDEN, START, Automaton


class CharacterCutter:
    """Holds back an unfinished character until its last byte comes; drops END and what follows."""

    def __init__(self, automaton: Automaton) -> None:
        # A view: of an array each look-up would make an object.
        self._next = automaton.next.data
        self._state = START
        self._held = bytearray()

    def feed(self, data: bytes) -> bytes:
        """Return the whole characters that `data` completes."""
        boundary = 0
        for byte in data:
            if self._state in {FINISHED, FORBIDDEN}:
                break
            self._state = self._next[self._state, byte]
            self._held.append(byte)
            if self._state == START:
                boundary = len(self._held)
        whole = bytes(self._held[:boundary])
        del self._held[:boundary]
        return whole
