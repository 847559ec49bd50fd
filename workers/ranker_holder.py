"""The ranker that a worker chooses drafts with; another is taken between two turns."""

from __future__ import annotations

import logging

from knowledge.errors import KnowledgeError
from knowledge.ranker import Ranker
from xinglin.store.operations.ranker_registry import RankerRegistry

logger = logging.getLogger(__name__)


class RankerHolder:
    """Holds one version; one that cannot be used changes nothing."""

    def __init__(self, registry: RankerRegistry) -> None:
        self._registry = registry
        self._seen = 0
        self.current: Ranker | None = None
        """The version in use; None for the rule."""
        self.problem = ""
        """Reason that keeps the version in force from being used; "" for nothing."""

    @property
    def number(self) -> int:
        """Version in use; 0 for the rule."""
        return self.current.number if self.current is not None else 0

    def look(self) -> bool:
        """Take the version in force; returns whether it is another one.

        Raises:
            StoreError: Redis is away.
        """
        wanted = self._registry.current()
        if wanted == self._seen:
            return False
        try:
            self.current = self._fetch(wanted) if wanted else None
            self.problem = ""
            logger.info("ranker_taken", extra={"version": wanted})
        except KnowledgeError as error:
            self.problem = str(error)
            logger.error("ranker_refused", extra={"version": wanted, "error": str(error)})
        self._seen = wanted
        return True

    def _fetch(self, number: int) -> Ranker:
        version = self._registry.version(number)
        if version is None:
            raise KnowledgeError(
                f"ranker {number} is not in Redis any more; go back: xinglin feedback rollback"
            )
        return Ranker.of_fields(number, version.weights)
