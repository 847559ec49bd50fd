"""A tea shop's account, as a folder."""

from __future__ import annotations

from pathlib import Path

TOML = """\
name = "山前茶铺"
greeting = "欢迎来到{name}，我是AI助手。"
label = "（由AI生成，请以店里为准）"
suggestions = ["龙井怎么泡"]
not_found = "这个我不知道，试试：\\n{suggestions}"
medical = false
sticker = ""

[scenes]
spring = "春茶节快乐！"
"shop_*" = "欢迎光临门店！"

[[reply]]
name = "地址"
match = ["地址", "在哪里"]
text = "山前路 8 号，[导航](https://example.com/map)"

[[reply]]
contains = "电话"
text = "电话 0571-1"

[[reply]]
regex = "几点.{0,4}(关门|打烊)"
text = ["晚上九点", "九点打烊"]

[[reply]]
match = "店面照片"
image = "MEDIA-1"

[[reply]]
contains = "怎么泡"
ask = "龙井茶怎么泡？"

[[reply]]
match = "菜单"
text = "龙井、白茶"

[[reply]]
match = "活动"
news = {title = "春茶节", description = "半价", url = "https://example.com/spring"}

[[reply]]
contains = "孕妇茶"
text = "孕妇茶是我们的一款水果茶，不含茶叶。"

[[menu]]
name = "地址"
send = "地址"
"""


def write_shop(folder: Path, text: str = TOML) -> Path:
    """Write the folder; returns it."""
    for name, content in (
        ("account.toml", text),
        ("blocked.txt", "竞品\n"),
        ("verify/MP_verify_abc.txt", "abc123"),
        ("knowledge/faq.txt", "问：有白茶吗\n答：有福鼎白茶。\n"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder
