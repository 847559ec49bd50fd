"""`xinglin chat`: talk with a running service as a follower would, through the real webhook."""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlencode

import click

from bot.cli.client import Answer, Service, read_settings, same_var, service_url, url_option
from bot.services import open_envelope
from xinglin.bilingual import Notice
from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.replies import shown, text_push

ACCOUNT = "gh_xinglin_terminal"
TRY_S = 5.0  # the platform's: so long it waits, and so often it asks
TRIES = 3
FAULT = "该公众号提供的服务出现故障，请稍后再试"
LATER = "(no reply now; it will come as a customer-service message)"
_LINK = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]*)[^>]*>(.*?)</a>')


class Follower:
    """One follower of the account: pushes texts as the platform does, and reads the replies."""

    def __init__(self, service: Service, envelope: Envelope, openid: str, *, safe: bool) -> None:
        self._service, self._envelope, self._openid = service, envelope, openid
        self._safe = safe

    def say(self, text: str, *, now: Callable[[], float] = time.time) -> str:
        """Return what the follower reads in answer.

        Raises:
            click.ClickException: nothing answers, or the push was refused.
        """
        message_id = str(10**16 + secrets.randbelow(10**15))
        xml = text_push(self._openid, ACCOUNT, text, message_id, now=now())
        query, body = self._envelope.seal_push(xml, encrypted=self._safe)
        path = "/wechat?" + urlencode(query | {"openid": self._openid})
        for _ in range(TRIES):
            try:
                answer = self._service.call("POST", path, body=body.encode("utf-8", "replace"))
            except TimeoutError:
                continue
            if answer.status == 200:
                return self._read(answer)
            if answer.status < 500:
                raise click.ClickException(_refused(answer))
        return FAULT

    def _read(self, answer: Answer) -> str:
        text = answer.body.decode("utf-8", "replace")
        if text in ("", "success"):
            return LATER
        try:
            return readable(shown(self._envelope.open_reply(text)))
        except (MessageError, SignatureError) as error:
            raise click.ClickException(
                Notice(
                    f"the answer is none of Xinglin's: {error}; does --url lead to it, with the"
                    " same EncodingAESKey?",
                    f"得到的不是杏林的回答：{error}；--url 对吗？两边的 EncodingAESKey 相同吗？",
                )
            ) from error


@click.command()
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@url_option("The service; default: this machine's, port 8000, or 5000 of `xinglin run`.")
@click.option("--follower", default="oTerminal", show_default=True, help="Who speaks.")
@click.option("--safe", is_flag=True, help="Encrypt, as safe mode always does.")
def chat(texts: tuple[str, ...], url: str | None, follower: str, safe: bool) -> int:
    """Say each TEXT, or what is typed, to a running service; Ctrl-D ends.

    Pushes are signed with XINGLIN_WECHAT_TOKEN, so it tries the webhook, queue and model that a
    follower would.
    """
    settings = read_settings()
    if not settings.wechat_token:
        raise click.ClickException(
            Notice(
                "XINGLIN_WECHAT_TOKEN is not set, and no `xinglin run` is under way in this folder"
                f"{same_var(settings)}",
                "没有设 XINGLIN_WECHAT_TOKEN，这个文件夹里也没有正在运行的 `xinglin run`"
                f"{same_var(settings).zh}",
            )
        )
    if safe and settings.push_mode == "plain":
        raise click.ClickException(
            Notice(
                "--safe needs XINGLIN_WECHAT_AES_KEY and XINGLIN_WECHAT_APP_ID",
                "--safe 需要 XINGLIN_WECHAT_AES_KEY 和 XINGLIN_WECHAT_APP_ID",
            )
        )
    envelope = open_envelope(settings)
    service = Service(service_url(url), timeout_s=TRY_S)
    speaker = Follower(service, envelope, follower, safe=safe)
    for text in texts or _typed():
        if text.strip():
            click.echo(speaker.say(text))
    return 0


def readable(text: str) -> str:
    """Return a reply as a terminal shows it: a tap link says what its tap would send."""
    return _LINK.sub(lambda found: f"[{found[2]}: 发送“{unquote(found[1])}”]", text)


def _typed() -> Iterator[str]:
    if not sys.stdin.isatty():
        yield from (line.rstrip("\r\n") for line in sys.stdin)
        return
    while True:
        try:
            yield input("> ")
        except EOFError:
            click.echo()
            return
        except KeyboardInterrupt as error:
            raise click.Abort from error


def _refused(answer: Answer) -> Notice:
    if answer.status == 403:
        return Notice(
            "the service refused the signature: it has another XINGLIN_WECHAT_TOKEN or AES key;"
            " give its --env-file",
            "服务不认这个签名：它的 XINGLIN_WECHAT_TOKEN 或 AES 密钥不同；请用服务的 --env-file",
        )
    said = answer.body[:200].decode("utf-8", "replace").strip()
    return Notice(
        f"the service answered {answer.status}: {said or 'nothing'}; is it Xinglin?",
        f"服务回了 {answer.status}：{said or '空'}；那里运行的是杏林吗？",
    )
