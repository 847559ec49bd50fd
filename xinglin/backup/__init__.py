"""Backup of a service while it serves, and its restoration elsewhere."""

from __future__ import annotations

from xinglin.backup.making import Made, make_backup
from xinglin.backup.restoring import Restored, restore_backup

__all__ = ["Made", "Restored", "make_backup", "restore_backup"]
