"""The commented `account.toml` that `xinglin init` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from xinglin.account.read import LABEL
from xinglin.account.texts import text_specs

_HEAD = """\
# 一个账号：名字、文字、规则、菜单。保存后先检查再生效：make run 时几秒内自动生效；
# 正式运行时执行 xinglin account publish。写错了什么都不会变，并会指出第几行、怎么改。
# An account: its name, texts, rules and menu. Checked before it takes effect: within seconds under
# `make run`, and by `xinglin account publish` in production. A mistake changes nothing and is shown
# with its line and remedy.
#
# 文字里可以写 / Texts may hold:
#   {name}                       名字 / the name
#   {suggestions}                下面的建议问题，每个一个链接 / the suggestions below, a link each
#   [点这里](帮助)               点一下就发送“帮助” / a tap sends 帮助
#   [官网](https://example.com)  打开网页 / opens a page
# 前面有 # 的行是默认值；去掉 # 再改。 Lines behind # show the default; remove the # to change it.
# 全部说明 / All of it: docs/account.md, docs/account.zh.md

"""
_RULES = """\
# --- 关键词规则 / keyword rules --------------------------------------------------------------
# 从上到下，第一条对上的规则回答。危险信号和指令总是先答。
# Tried from top to bottom; the first that fits answers. Danger signs and commands come before.
#
# [[reply]]
# name = "地址"                       # 自己看的名字 / for yourself
# match = ["地址", "在哪"]            # 整条消息 / the whole message
# contains = ["怎么走", "停车"]       # 消息里含有 / part of the message
# regex = "几点.*(开门|关门)"         # 正则（RE2）/ a pattern (RE2)
# text = ["我们在……", "地址：……"]     # 几条时随机一条 / one of several at random
# pick = "all"                        # 改成全部都发 / all of them instead
# tap = ["营业时间", "看菜单|菜单"]   # 文字下面的点击链接，显示|发送 / tap links below, shown|sent
# hours = "09:00-18:00"               # 只在这些时间 / only then (XINGLIN_TIMEZONE)
# days = ["工作日", "2026-10-01"]     # 只在这些日子 / only on these days
#
# 不用 text 时，可以用下面之一 / Instead of text, one of:
# image = "MEDIA_ID"  voice = "MEDIA_ID"  video = "MEDIA_ID"      # 微信素材 / the platform's material
# news = {title = "标题", description = "", picture = "https://…", url = "https://…"}
# ask = "龙井茶怎么泡？"              # 改问资料和模型这个问题 / what the notes and the model are asked

"""
_MENU = """\
# --- 菜单 / menu ------------------------------------------------------------------------------
# 最多 3 个按钮，每个下面最多 5 个；send 点了就发送，url 打开网页。用 xinglin menu push 送到微信。
# At most 3 buttons, and 5 below each; `send` is sent by a tap, `url` opens a page. `xinglin menu
# push` brings it to the platform.
#
# [[menu]]
# name = "帮助"
# send = "帮助"
#
# [[menu]]
# name = "更多"
# below = [{name = "官网", url = "https://example.com"}, {name = "我的数据", send = "我的数据"}]

"""
_HANDOVER = """\
# --- 转人工 / a person takes over -------------------------------------------------------------
# 关注者说“人工”“找人工”，或投诉时，由真人接手，机器人不插话，直到交还、对方结束或超时。在工作台的“转人工”页
# 回答（要设 XINGLIN_ADMIN_TOKEN）。删去 [handover] 就不转。
# When followers ask for a person, or complain, one takes over and the bot is silent until it is handed
# back, the follower ends it, or the time is over. Answered on the desk (XINGLIN_ADMIN_TOKEN). Without
# [handover] nobody takes over.
#
#HEAD
# names = ["店长", "小王"]             # 对值班的人的称呼，“找小王”也转 / what they are called: 找小王
# hours = ["09:00-12:00", "14:00-18:00"]  # 值班时间；不写就是随时 / hours of duty; without: always
# days = ["工作日"]                   # 值班的日子 / days of duty
# timeout = 30                        # 多少分钟没人回复，机器人就回来 / minutes until the bot is back
# platform = false                    # true：转给微信自己的客服工具 / the platform's own tool
# on_unanswered = "no"                # 答不上时："offer" 附转人工链接，"start" 直接转 / without an answer

"""
_SCENES = """\
# --- 从不同二维码来的欢迎语 / welcome by the scene of a QR code --------------------------------
# 场景名（qrscene_ 后面的部分）= 欢迎语；末尾的 * 代表任意内容。
# The scene (what follows qrscene_) = its welcome; a * at the end stands for anything.
#
# [scenes]
# spring = "欢迎来到春茶节！"
# "shop_*" = "欢迎光临门店！"

"""


def account_file(
    name: str,
    *,
    texts: Mapping[str, str] | None = None,
    avatar: str = "",
    label: str = LABEL,
    medical: bool = True,
    suggestions: tuple[str, ...] = (),
    scenes: str = "",
    rules: str = "",
    menu: str = "",
    handover: bool = False,
) -> str:
    """Return an `account.toml`.

    Args:
        name: of the persona.
        texts: those that are not the usual ones.
        avatar: its letter.
        label: ends each generated reply.
        medical: whether it speaks about medicine.
        suggestions: questions to begin with.
        scenes: TOML of its scenes.
        rules: TOML of its rules.
        menu: TOML of its menu.
        handover: a person takes over where one is asked for.
    """
    given = dict(texts or {})
    parts = [
        _HEAD,
        _key("name", name, "名字 / the name"),
        _key("avatar", avatar or name[:1], "头像上的一个字 / the letter of its avatar"),
        _key(
            "label",
            label,
            "每条 AI 回答末尾的标识；须有“AI”和“生成” / label of each generated reply",
        ),
        "# 是否讲医药；false 时，孕婴、求方的固定回答让位给自己的规则和资料 / whether it speaks about medicine\n",
        f"medical = {str(medical).lower()}\n\n",
        "# 要用的模型；留空由 XINGLIN_MODEL 决定 / the model; without it XINGLIN_MODEL decides\n",
        '# model = "tcm"\n\n',
        "# 建议问题 / suggested questions\n",
        f"suggestions = {json.dumps(list(suggestions), ensure_ascii=False)}\n\n",
        "# --- 文字 / texts " + "-" * 75 + "\n",
    ]
    for spec in text_specs():
        parts.append(f"# {spec.zh} / {spec.en}\n")
        if spec.key in given:
            parts.append(f"{spec.key} = {quoted(given[spec.key])}\n\n")
        else:
            parts.append(f"# {spec.key} = {_one_line(spec.default)}\n\n")
    head = "[handover]" if handover else "# [handover]"
    parts += [_HANDOVER.replace("#HEAD", head), _SCENES, scenes, _RULES, rules, _MENU, menu]
    return "".join(parts).rstrip() + "\n"


def quoted(text: str) -> str:
    """Return a text as TOML has it, long ones over several lines."""
    if "\n" not in text:
        return _one_line(text)
    body = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\n{body}"""'


def _one_line(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _key(key: str, value: str, comment: str) -> str:
    return f"# {comment}\n{key} = {_one_line(value)}\n\n"
