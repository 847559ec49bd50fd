"""An account: a folder of texts, rules, words and notes that makes a bot somebody's own.

`read.py` checks a folder, `holder.py` keeps the version that a process serves, and
`xinglin/store/account_registry.py` carries versions through Redis to every process.
"""

from __future__ import annotations

from xinglin.account.account import Account
from xinglin.account.bundle import Bundle
from xinglin.account.folder import find_folder, read_bundle, read_folder
from xinglin.account.folder_account import FolderAccount
from xinglin.account.handover import HandoverRules
from xinglin.account.holder import AccountHolder, ServedAccount
from xinglin.account.read import read_account
from xinglin.account.rules import Rule
from xinglin.account.texts import Texts

__all__ = [
    "Account",
    "AccountHolder",
    "Bundle",
    "FolderAccount",
    "HandoverRules",
    "Rule",
    "ServedAccount",
    "Texts",
    "find_folder",
    "read_account",
    "read_bundle",
    "read_folder",
]
