"""A person takes over: followers' messages from the first wish to the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from bot.services import current_services
from tests.bot.conftest import Platform, StoreWorker
from tests.bot.signing import AUTH
from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account import read_folder
from xinglin.policy import danger
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.replies import event_push, media_push, shown, text_push

pytestmark = pytest.mark.redis
MakeApp = Callable[[Settings], Flask]
HANDOVER = '[handover]\nnames = ["阿福"]\n'
SENDS = {"wechat_account": "service", "wechat_app_secret": "s"}


class Shop:
    """A shop with a `[handover]`, its followers, and its owner."""

    def __init__(self, make_app: MakeApp, settings: Settings, folder: Path, toml: str) -> None:
        self.folder = write_shop(folder, TOML.replace("[scenes]", f"{toml}\n[scenes]"))
        self.settings = replace(settings, account=str(self.folder))
        self.app = make_app(self.settings)
        self.client = self.app.test_client()
        self.platform = Platform(self.client, self.settings)
        self.say = self.platform.say
        self.texts = read_folder(self.folder).texts

    @property
    def store(self) -> Store:
        with self.app.app_context():
            return current_services().store

    def kind(self, xml: str, *, encrypted: bool = False) -> str:
        """Answer to a push: the kind of the reply's message, or `success`."""
        answer = self.platform.push(xml, encrypted=encrypted)
        if answer.text == "success":
            return "success"
        return self.platform.envelope.open_reply(answer.text)["MsgType"]

    def answer(self, text: str, openid: str = "o1", answer_id: str = "aabbccdd") -> int:
        user = self.store.user_key(openid)
        path = f"/admin/desk/people/{user}/answer"
        answer = self.client.post(path, headers=AUTH, json={"text": text, "id": answer_id})
        return int(answer.status_code)

    def sent(self, openid: str = "o1") -> list[str]:
        """Texts that leave by customer-service message, in order."""
        found = []
        while outgoing := self.store.outbox.claim(self.store.user_key(openid)):
            found.append(outgoing.text)
            self.store.outbox.done(outgoing)
        return found

    def hand_back(self, openid: str = "o1") -> int:
        path = f"/admin/desk/people/{self.store.user_key(openid)}/back"
        return int(self.client.post(path, headers=AUTH, json={"id": "00112233"}).status_code)


Open = Callable[..., Shop]


@pytest.fixture
def open_shop(make_app: MakeApp, bot_settings: Settings, tmp_path: Path) -> Open:
    def make(toml: str = HANDOVER, **changed: object) -> Shop:
        return Shop(make_app, replace(bot_settings, **changed), tmp_path / "shop", toml)  # type: ignore[arg-type]

    return make


@pytest.fixture
def shop(open_shop: Open) -> Shop:
    return open_shop(**SENDS)


def test_from_the_wish_to_the_way_back(shop: Shop, worker: StoreWorker) -> None:
    assert shop.say("能帮我转个人工吗") == shop.texts.handover_started
    assert shop.say("绿茶有货吗") == ""
    assert shop.say("还在吗") == ""
    assert worker.seen == []
    assert shop.answer("有货，您要多少？") == 200
    assert shop.say("两斤") == ""

    assert shop.hand_back() == 200
    assert shop.sent() == ["有货，您要多少？", shop.texts.handover_ended]
    assert shop.say("白茶贵吗").startswith("答：白茶贵吗")


@pytest.mark.parametrize(
    "text",
    [
        "人工", "轉人工", "找人工！", "我要人工客服", "我要跟真人说", "有没有真人", "别用机器人敷衍我", "叫你们老板来",
        "接客服", "请帮我联系一下客服人员", "找阿福", "阿福在吗", "talk to a human please", "人工服务",
    ],
)  # fmt: skip
def test_a_person_is_called_in_many_words(shop: Shop, text: str) -> None:
    assert shop.say(text) == shop.texts.handover_started


@pytest.mark.parametrize(
    "text",
    [
        "人工牛黄有什么功效",
        "人工智能是什么",
        "人工呼吸怎么做",
        "真人秀好看吗",
        "不用转人工",
        "客服几点上班",
        "人工费多少钱",
    ],
)
def test_words_that_only_sound_like_it_are_asked(
    shop: Shop, worker: StoreWorker, text: str
) -> None:
    shop.say(text)

    assert shop.store.handovers.waiting() == []


def test_the_platforms_retries_get_the_same_and_do_nothing(shop: Shop) -> None:
    assert {shop.say("转人工", number=7) for _ in range(3)} == {shop.texts.handover_started}
    assert {shop.say("我想问退货", number=8) for _ in range(3)} == {""}
    assert {shop.say("结束人工", number=9) for _ in range(3)} == {shop.texts.handover_ended}
    assert {shop.say("我要投诉你们", number=10) for _ in range(3)} == {
        f"{shop.texts.feedback_thanks}\n\n{shop.texts.handover_started}"
    }
    assert len(shop.store.feedback.entries()) == 1
    assert len(shop.store.handovers.waiting()[0].said) == 1


def test_a_question_under_way_is_still_answered_to_its_retry(
    shop: Shop, worker: StoreWorker
) -> None:
    worker.open.clear()
    assert shop.say("绿茶贵吗", number=5) == ""
    shop.say("转人工")
    worker.open.set()

    assert shop.say("绿茶贵吗", number=5).startswith("答：绿茶贵吗")
    assert [one.text for one in shop.store.handovers.waiting()[0].said] == ["转人工"]


@pytest.mark.parametrize("encrypted", [False, True])
def test_the_platforms_own_tool_takes_over(open_shop: Open, encrypted: bool) -> None:
    shop = open_shop("[handover]\nplatform = true\n")
    transfer = "transfer_customer_service"

    def kind(text: str, number: int) -> str:
        xml = text_push("o1", "gh", text, str(number), now=1)
        return shop.kind(xml, encrypted=encrypted)

    assert [kind("转人工", 1) for _ in range(2)] == [transfer] * 2
    assert kind("有货吗", 2) == transfer
    assert shop.kind(media_push("o1", "gh", "image", "", "3", now=1)) == transfer
    assert shop.kind(event_push("o1", "gh", "CLICK", key="地址", now=2)) == "success"
    assert kind("胸口剧痛喘不上气", 4) == "text"
    assert shop.kind(event_push("o1", "gh", "kf_close_session", now=3)) == "success"
    assert kind("地址", 5) == "text"
    assert shop.store.handovers.waiting() == []


def test_a_menu_button_cannot_be_passed_to_the_platforms_tool(open_shop: Open) -> None:
    shop = open_shop("[handover]\nplatform = true\n")

    assert shop.kind(event_push("o1", "gh", "CLICK", key="转人工", now=1)) == "text"
    assert shop.kind(text_push("o1", "gh", "有货吗", "2", now=1)) == "transfer_customer_service"


def test_an_account_that_may_not_send_hands_the_answer_to_the_next_message(open_shop: Open) -> None:
    shop = open_shop()
    assert shop.say("人工") == f"{shop.texts.handover_started}\n{shop.texts.handover_tap}"
    assert shop.say("继续") == shop.texts.handover_waiting
    assert shop.answer("您好，我是店长") == 200

    assert {shop.say("继续", number=6) for _ in range(2)} == {"您好，我是店长"}
    assert shop.answer("还要什么？", answer_id="aabbccee") == 200
    assert shop.say("我想退货") == "还要什么？"
    assert shop.say("好的") == ""


def test_a_danger_sign_is_answered_and_the_person_reads_it(shop: Shop) -> None:
    shop.say("人工")
    text = "我误喝了农药怎么办"

    assert shop.say(text) == danger(text, medical=False)
    assert [one.text for one in shop.store.handovers.waiting()[0].said] == ["人工", text]


def test_pictures_and_stickers_are_the_persons_too(shop: Shop) -> None:
    shop.say("人工")

    assert shop.kind(media_push("o1", "gh", "image", "", "5", now=1)) == "success"
    assert shop.say("[微笑]") == ""
    said = [one.text for one in shop.store.handovers.waiting()[0].said]
    assert said == ["人工", "［图片］", "[微笑]"]


def test_commands_are_obeyed_meanwhile_and_erasing_ends_it(shop: Shop) -> None:
    shop.say("人工")
    assert shop.say("帮助") == shop.texts.help
    assert "人工问：人工" in shop.say("我的数据")
    assert shop.say("删除我的数据") == shop.texts.erased

    assert shop.store.handovers.waiting() == []
    assert shop.answer("在吗") == 404


def test_asked_again_the_follower_is_told_once_more(shop: Shop) -> None:
    shop.say("人工")

    assert shop.say("人工！") == shop.texts.handover_waiting
    assert shop.say("不等了") == shop.texts.handover_ended
    assert shop.say("回到机器人") == shop.texts.handover_none


def test_outside_the_hours_of_duty_it_is_said_so(
    open_shop: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop('[handover]\nhours = "09:00-18:00"\ndays = ["工作日"]\n')
    monday_noon, sunday = 1796011200.0, 1795924800.0
    with shop.app.app_context():
        services = current_services()
    for now, begins in ((sunday, False), (monday_noon, True)):
        shop.app.extensions["xinglin"] = replace(services, now=lambda at=now: at)
        said = shop.say("人工")
        assert said.startswith(shop.texts.handover_started) is begins
        assert ("工作日 09:00-18:00" in said) is not begins


def test_without_a_desk_nobody_is_called(open_shop: Open) -> None:
    shop = open_shop(admin_token="")

    assert "没有人工值班" in shop.say("人工")
    assert shop.store.handovers.waiting() == []


def test_without_the_table_nothing_changes(open_shop: Open, worker: StoreWorker) -> None:
    shop = open_shop("")

    assert shop.say("转人工").startswith("答：转人工")
    assert shop.say("你们服务太差，我要投诉") == shop.texts.feedback_thanks
    assert "你们服务太差" in shop.store.feedback.entries()[0]["text"]


def test_a_rule_of_the_very_words_comes_first(open_shop: Open) -> None:
    rule = '[[reply]]\nmatch = ["人工", "我要投诉你们"]\ntext = "请打 0571-1"\n'
    shop = open_shop(f"{HANDOVER}\n{rule}")

    assert shop.say("人工") == "请打 0571-1"
    assert shop.say("我要投诉你们") == "请打 0571-1"
    assert shop.say("转人工").startswith(shop.texts.handover_started)


def test_a_complaint_is_kept_and_calls_a_person(shop: Shop) -> None:
    both = f"{shop.texts.feedback_thanks}\n\n{shop.texts.handover_started}"
    assert shop.say("收到的茶饼碎成渣了，你们管不管") == both
    assert shop.say("你们客服根本不回消息") == ""
    assert shop.say("投诉 没人理我") == shop.texts.feedback_thanks

    kept = [one["text"] for one in shop.store.feedback.entries()]
    assert kept == ["没人理我", "你们客服根本不回消息", "收到的茶饼碎成渣了，你们管不管"]
    assert shop.store.handovers.waiting()[0].reason == "complaint"


def test_a_leading_complaint_calls_a_person_too(shop: Shop) -> None:
    assert shop.say("投诉 店员态度差").endswith(shop.texts.handover_started)
    assert shop.say("反馈 回答太长", openid="o2") == shop.texts.feedback_thanks


def test_without_consent_no_word_is_kept(open_shop: Open) -> None:
    shop = open_shop(consent="required", **SENDS)
    begun = f"{shop.texts.handover_started}\n{shop.texts.handover_unseen}"

    assert shop.say("你们态度太差了我要举报") == f"{shop.texts.complaint_unkept}\n\n{begun}"
    assert shop.store.feedback.entries() == []
    assert shop.store.handovers.waiting()[0].said == ()
    shop.say("同意")
    assert shop.say("现在可以看了") == ""
    assert [one.text for one in shop.store.handovers.waiting()[0].said] == ["现在可以看了"]


def test_a_suspended_follower_calls_nobody_and_may_complain(shop: Shop) -> None:
    shop.store.moderation.suspend(shop.store.user_key("o1"), 60)

    assert shop.say("人工") == shop.texts.suspended
    assert shop.say("你们凭什么停我，我要投诉") == shop.texts.feedback_thanks
    assert shop.store.handovers.waiting() == []


def test_a_terminal_says_that_a_message_was_passed_on() -> None:
    assert shown({"MsgType": "transfer_customer_service"}) == "［已转给微信的客服工具］"
