"""The web side's own answers to a text, tried without Redis: nothing is kept or counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from xinglin.account import Account, HandoverRules
from xinglin.account.handover import closed_words, started_words
from xinglin.blocklist import BlockList
from xinglin.commands import Command, Name, parse_command
from xinglin.policy import danger, yields_to_rules
from xinglin.safety.rules import find_danger, judge
from xinglin.safety.said import Fact, facts_in
from xinglin.safety.veto import poison_answer
from xinglin.settings import Settings
from xinglin.wechat.emoticons import is_wordless
from xinglin.wishes import Wish, wish_of

_FORGETTING = frozenset({"reset", "erase", "disagree"})
_TEXTS: dict[Name, str] = {
    "help": "help",
    "reset": "reset",
    "export": "no_data",
    "erase": "erased",
    "agree": "agreed",
    "disagree": "disagreed",
    "more": "nothing_more",
}


@dataclass(frozen=True, slots=True)
class Previewed:
    """Reply that comes before the notes.

    Attributes:
        step: "empty", "command", "danger", "wordless", "complaint", "blocked", "person", "rule"
            or "default".
        name: of the command or the danger; of a rule, and why it fits; what becomes of the wish for
            a person.
        reply: what a follower reads; "" where nothing is sent.
        ask: what the notes are asked instead of an answer.
        forgets: the conversation begins anew.
    """

    step: str
    name: str = ""
    reply: str = ""
    ask: str = ""
    forgets: bool = False


@dataclass(slots=True)
class Preview:
    """One follower's conversation with an account, who has agreed where consent is asked for.

    Its steps come in the order of `bot.handlers.decide.CHECKS`.

    Attributes:
        account: has rules and texts.
        words: the operator's blocked words.
        consent: the setting.
        said: what was said of a body.
        asked: the notes were asked before, so that there is something to vote on.
        can_send: whether the account may send.
        desk: somebody can see who waits for a person.
    """

    account: Account
    words: BlockList
    consent: str = "off"
    said: frozenset[Fact] = field(default_factory=frozenset)
    asked: bool = False
    can_send: bool = False
    desk: bool = True

    def look(self, text: str, now: datetime) -> Previewed | None:
        """Return what is answered before the notes at a local time; None: they are asked."""
        text = text.strip()
        found = self._first(text, now)
        if found is not None and found.forgets:
            self.said, self.asked = frozenset(), False
        elif found is None or found.ask:
            self.asked = True
        return found

    def _first(self, text: str, now: datetime) -> Previewed | None:
        texts = self.account.texts
        if not text:
            return Previewed("empty", reply=texts.empty)
        if found := self._command(text, now) or self._danger(text, now):
            return found
        if is_wordless(text):
            return Previewed("wordless", reply=texts.sticker)
        if found := self._wished(text, now) or self._rule(text, now):
            return found
        return Previewed("default", reply=texts.default) if texts.default else None

    def _wished(self, text: str, now: datetime) -> Previewed | None:
        """Return what becomes of a complaint, of a blocked word, or of the wish for a person."""
        wish = self._wish(text, now)
        if wish == "complaint":
            return self._complaint(now)
        if self.words.find(text, "in") or self.account.blocked(text, "in"):
            return Previewed("blocked", reply=self.account.texts.blocked)
        return self._person(now, wish) if wish is not None and self.account.handover else None

    def _wish(self, text: str, now: datetime) -> Wish | None:
        if self.account.rule_for_whole(text, now) is not None:
            return None
        return wish_of(text, self.account.handover.names if self.account.handover else ())

    def _complaint(self, now: datetime) -> Previewed:
        kept = self.account.texts.feedback_thanks
        if not self._is_reached(now):
            return Previewed("complaint", "kept", kept)
        called = self._person(now, "person")
        return Previewed("complaint", f"kept, {called.name}", f"{kept}\n\n{called.reply}".strip())

    def _person(self, now: datetime, wish: Wish) -> Previewed:
        """Return what becomes of the wish for a person, or for the bot."""
        texts, rules = self.account.texts, self.account.handover or HandoverRules()
        if wish == "bot":
            return Previewed("person", "the bot answers already", texts.handover_none)
        if not self._is_reached(now):
            return Previewed("person", "nobody on duty", closed_words(texts, rules))
        if rules.platform:
            return Previewed("person", "passed to the platform's customer-service tool")
        words = started_words(texts, can_send=self.can_send, seen=True, by_platform=False)
        return Previewed("person", "waits on the desk", words)

    def _is_reached(self, now: datetime) -> bool:
        rules = self.account.handover
        return rules is not None and rules.is_open(now) and (rules.platform or self.desk)

    def _command(self, text: str, now: datetime) -> Previewed | None:
        found = parse_command(text)
        if found is None or (found.name in ("agree", "disagree") and self.consent == "off"):
            return None
        if found.yields_to_rules and self.account.rule_for_whole(text, now) is not None:
            return None
        forgets, reply = found.name in _FORGETTING, self._carried_out(found)
        if found.complains and self._is_reached(now):
            reply = f"{reply}\n\n{self._person(now, 'person').reply}".strip()
        return Previewed("command", found.name, reply, forgets=forgets)

    def _carried_out(self, command: Command) -> str:
        texts = self.account.texts
        if command.name == "feedback":
            thanks = texts.feedback_thanks if command.text else texts.feedback_empty
            is_danger = find_danger(command.text) is not None
            return f"{danger(command.text)}\n\n{thanks}" if is_danger else thanks
        if command.name in ("up", "down"):
            if not self.asked:
                return texts.nothing_to_vote
            return texts.voted_up if command.name == "up" else texts.voted_down
        text: str = getattr(texts, _TEXTS[command.name])
        return text

    def _danger(self, text: str, now: datetime) -> Previewed | None:
        self.said |= facts_in(text)
        warning = danger(text, self.said, medical=self.account.medical)
        if not warning:
            return None
        if not self.account.medical and yields_to_rules(text, self.said):
            ruled = self._rule(text, now)
            if ruled is not None and not ruled.ask:
                return ruled
        category = judge(text, self.said)
        name = "poison" if category is None or warning == poison_answer(text) else category.name
        return Previewed("danger", name, warning)

    def _rule(self, text: str, now: datetime) -> Previewed | None:
        answered = self.account.rule_for(text, now)
        if answered is None:
            return None
        rule, why = answered
        reply = f"({rule.media.kind})" if rule.media else rule.text("")
        return Previewed("rule", f"{rule.label}, {why}", "" if rule.ask else reply, rule.ask)


def preview_of(settings: Settings, account: Account) -> Callable[[str], Previewed | None]:
    """Return the web side of one conversation, at the time of day that it is."""
    preview = Preview(
        account,
        BlockList(settings.blocked_words),
        settings.consent,
        can_send=settings.can_send,
        desk=bool(settings.admin_token),
    )
    zone = ZoneInfo(settings.timezone)
    return lambda text: preview.look(text, datetime.now(zone))
