"""What to do about each kind of message."""

from __future__ import annotations

import json
import time

from bot.handlers.decisions import Answer, Ask, Collect, Decision, Nothing
from xinglin import texts
from xinglin.commands import Command, parse_command
from xinglin.policy import danger
from xinglin.store import Store
from xinglin.store.keys import alias
from xinglin.wechat.messages import Message

_ASKABLE = frozenset({"text", "voice", "click"})
_REPLAY_S = 2.0
COMMANDS_PER_MINUTE = 20


def decide(message: Message, store: Store, user: str) -> Decision:
    """Decide about a message; side effects (erase, reset, votes) happen here, once each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    if message.kind == "unsubscribe":
        store.erase(user)
        return Nothing()
    if message.kind == "subscribe":
        return Answer(texts.GREETING)
    if message.kind in ("view", "scan"):
        return Nothing() if message.kind == "view" else Answer(texts.GREETING)
    if message.kind == "other" and "Event" in message.fields:
        return Nothing()
    if message.kind not in _ASKABLE or (message.kind == "voice" and not message.text):
        return Answer(texts.UNSUPPORTED.get(message.kind, texts.UNSUPPORTED["other"]))
    return _about_text(message, store, user)


def _about_text(message: Message, store: Store, user: str) -> Decision:
    text = message.text
    if not text:
        return Answer(texts.EMPTY_TEXT)
    command = parse_command(text)
    if command is None:
        warning = danger(text)
        return Answer(warning) if warning else Ask(text)
    if command.name == "more":
        return Collect()
    if command.name == "help":
        return Answer(texts.HELP)
    return Answer(_once(command, message, store, user))


def _once(command: Command, message: Message, store: Store, user: str) -> str:
    """Carry a command out once; a retry of the same message gets the same answer."""
    if command.name == "erase":  # twice does no harm, and a note of it would be kept about the user
        return _limited(command, store, user)
    if store.once.first(user, message.dedupe_id):
        answer = _limited(command, store, user)
        store.once.keep(user, message.dedupe_id, answer)
        return answer
    deadline = time.monotonic() + _REPLAY_S
    while not (kept := store.once.recall(user, message.dedupe_id)):
        if time.monotonic() > deadline:
            return texts.BUSY
        time.sleep(0.05)
    return kept


def _limited(command: Command, store: Store, user: str) -> str:
    wait_s = store.tries.count("commands", alias(user), COMMANDS_PER_MINUTE)
    if wait_s:
        return texts.COMMAND_RATE.format(wait=texts.wait_words(wait_s))
    return _carry_out(command, store, user)


def _carry_out(command: Command, store: Store, user: str) -> str:
    if command.name == "export":
        return _readable(store.export(user))
    if command.name == "feedback":
        return _comment(command.text, store, user)
    if command.name in ("up", "down"):
        return _vote(store, user, up=command.name == "up")
    if command.name == "reset":
        store.conversation.reset(user)
        return texts.RESET
    store.erase(user)
    return texts.ERASED


def _comment(text: str, store: Store, user: str) -> str:
    if not text:
        return texts.FEEDBACK_EMPTY
    store.feedback.comment(user, text)
    return texts.FEEDBACK_THANKS


def _vote(store: Store, user: str, *, up: bool) -> str:
    if not store.feedback.vote(user, 1 if up else -1):
        return texts.NOTHING_TO_VOTE
    return texts.VOTED_UP if up else texts.VOTED_DOWN


def _readable(export: dict[str, object]) -> str:
    turns = export["turns"]
    if not isinstance(turns, list) or not turns:
        return texts.NO_DATA
    rows = [f"为你保存了 {len(turns)} 轮对话（到期自动删除，发送“删除我的数据”立即删除）："]
    for turn in turns:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(float(turn["at"])))
        rows.append(f"[{when}]\n问：{turn['user']}\n答：{turn['assistant']}")
    others = {name: value for name, value in export.items() if name != "turns" and value}
    if others:
        rows.append("其他：" + json.dumps(others, ensure_ascii=False))
    return "\n".join(rows)
