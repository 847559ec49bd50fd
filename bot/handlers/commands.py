"""Execution of followers' commands."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from xinglin.account import Texts
from xinglin.commands import Command
from xinglin.store import Store

_FACTS = {"pregnancy": "怀孕或哺乳", "infant": "小孩", "illness": "疾病", "medicine": "正在用药"}


def carry_out(command: Command, store: Store, user: str, timezone: str, texts: Texts) -> str:
    """Do what a command says; returns what the follower reads, with times of that zone.

    Raises:
        StoreUnavailable: Redis is away.
    """
    if command.name == "export":
        return _readable(store.export(user), ZoneInfo(timezone)) or texts.no_data
    if command.name == "feedback":
        return _comment(command.text, store, user, texts)
    if command.name in ("up", "down"):
        return _vote(store, user, texts, up=command.name == "up")
    if command.name == "reset":
        store.conversation.reset(user)
        return texts.reset
    if command.name in ("agree", "disagree"):
        return _consent(store, user, texts, agreed=command.name == "agree")
    store.erase(user)
    return texts.erased


def _consent(store: Store, user: str, texts: Texts, *, agreed: bool) -> str:
    store.conversation.consent(user, agreed=agreed)
    return texts.agreed if agreed else texts.disagreed


def _comment(text: str, store: Store, user: str, texts: Texts) -> str:
    if not text:
        return texts.feedback_empty
    store.feedback.comment(user, text)
    return texts.feedback_thanks


def _vote(store: Store, user: str, texts: Texts, *, up: bool) -> str:
    if not store.feedback.vote(user, 1 if up else -1):
        return texts.nothing_to_vote
    return texts.voted_up if up else texts.voted_down


def _readable(export: dict[str, Any], zone: tzinfo) -> str:
    turns = export["turns"]
    rows = []
    if turns:
        rows.append(f"为你保存了 {len(turns)} 轮对话（到期自动删除，发送“删除我的数据”立即删除）：")
    rows += [f"[{_when(t['at'], zone)}]\n问：{t['user']}\n答：{t['assistant']}" for t in turns]
    if export["facts"]:
        named = "、".join(_FACTS[fact] for fact in export["facts"])
        rows.append(f"为了安全，记得你说起过：{named}。")
    rows += [f"[{_when(said['at'], zone)}] 反馈：{said['text']}" for said in export["feedback"]]
    if export["waiting"] or export["unread"]:
        rows.append(f"等待回答 {export['waiting']} 条，未读回答 {export['unread']} 条。")
    return "\n".join(rows)


def _when(at: float, zone: tzinfo) -> str:
    try:
        return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # a damaged record
        return "?"
