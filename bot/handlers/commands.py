"""Commands of followers: run once for all retries, within a rate, and executed."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from bot.services import Services
from xinglin.account import Texts
from xinglin.commands import Command
from xinglin.store import Store
from xinglin.store.keys import alias
from xinglin.texts import wait_words
from xinglin.wechat.messages import Message

COMMANDS_PER_MINUTE = 20
# Wait of a retry for the answer that the first try is making.
_REPLAY_S, _REPLAY_POLL_S = 2.0, 0.05

_FACTS = {"pregnancy": "怀孕或哺乳", "infant": "小孩", "illness": "疾病", "medicine": "正在用药"}

_BY = {"follower": "问", "owner": "答"}


def run_once(command: Command, message: Message, services: Services, user: str) -> str:
    """Run a command once, within its rate; a retry of the message gets the same answer.

    Returns:
        What the follower reads.

    Raises:
        StoreUnavailable: Redis is away.
    """
    if command.name == "erase":
        return _erase_once(command, message, services, user)
    idempotency = services.store.idempotency
    if idempotency.first(user, message.dedupe_id):
        answer = _limited(command, services, user)
        idempotency.keep(user, message.dedupe_id, answer)
        return answer
    deadline = services.clock() + _REPLAY_S
    while not (kept := idempotency.recall(user, message.dedupe_id)):
        if services.clock() > deadline:
            return services.texts.busy
        services.sleep(_REPLAY_POLL_S)
    return kept


def leave_once(message: Message, services: Services, user: str) -> None:
    """Erase everything about a follower who unsubscribed; a retry erases nothing that came since.

    Raises:
        StoreUnavailable: Redis is away.
    """
    if not services.store.idempotency.erased(user, message.dedupe_id):
        services.store.erase(user)
        services.store.idempotency.note_erased(user, message.dedupe_id)


def _erase_once(command: Command, message: Message, services: Services, user: str) -> str:
    """Erase, unless another copy of the message did: what was written since must stay.

    The note of it comes after the deed, so that a retry makes good what was cut off.
    """
    if services.store.idempotency.erased(user, message.dedupe_id):
        return services.texts.erased
    answer = _limited(command, services, user)
    if answer == services.texts.erased:
        services.store.idempotency.note_erased(user, message.dedupe_id)
    return answer


def _limited(command: Command, services: Services, user: str) -> str:
    wait_s = services.store.rate_limiter.count("commands", alias(user), COMMANDS_PER_MINUTE)
    if wait_s:
        return services.texts.command_rate.replace("{wait}", wait_words(wait_s))
    return _execute(command, services.store, user, services.settings.timezone, services.texts)


def _execute(command: Command, store: Store, user: str, timezone: str, texts: Texts) -> str:
    """Do what a command says; returns what the follower reads, with times of that zone."""
    match command.name:
        case "export":
            return _readable(store.export(user), ZoneInfo(timezone)) or texts.no_data
        case "feedback":
            return _comment(command.text, store, user, texts)
        case "up" | "down":
            return _vote(store, user, texts, up=command.name == "up")
        case "reset":
            store.conversation.reset(user)
            store.questions.forget(user)
            return texts.reset
        case "agree" | "disagree":
            return _consent(store, user, texts, agreed=command.name == "agree")
        case "erase":
            store.erase(user)
            return texts.erased
        case "help" | "more":
            raise ValueError(f"{command.name} is answered by `decide`")


def _consent(store: Store, user: str, texts: Texts, *, agreed: bool) -> str:
    store.conversation.consent(user, agreed=agreed)
    if not agreed:
        store.votes.forget(user)
        store.questions.forget(user)
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
    for vote in export["votes"]:
        said = "赞" if vote["value"] > 0 else "踩"
        reply = vote["drafts"][vote["chosen"]]["text"]
        rows.append(f"[{_when(vote['at'], zone)}] {said}\n问：{vote['question']}\n答：{reply}")
    rows += [
        f"[{_when(said['at'], zone)}] 人工{_BY[said['by']]}：{said['text']}"
        for said in export["handover"]
    ]
    rows += [
        f"[{_when(one['at'], zone)}] 没答上的问题：{one['text']}" for one in export["questions"]
    ]
    if export["waiting"] or export["unread"]:
        rows.append(f"等待回答 {export['waiting']} 条，未读回答 {export['unread']} 条。")
    return "\n".join(rows)


def _when(at: float, zone: tzinfo) -> str:
    try:
        return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):  # a damaged record
        return "?"
