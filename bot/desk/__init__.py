"""`/admin/desk`: where the owner edits what the bot says and knows; each change is a version.

A page is one module and one template of the same name, and a line in `frame.NAVIGATION`. Signing
in, the token against forged requests and the audit log are the dashboard's.
"""

from __future__ import annotations

from bot.desk import notes, people, questions, rules, texts, trial, versions
from bot.desk.frame import blueprint

__all__ = ["blueprint", "notes", "people", "questions", "rules", "texts", "trial", "versions"]
