"""Signed envelopes in every mode, and every way to get them wrong."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.wechat_simulator.wire import Crypto
from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.crypto import MessageCipher, sign
from xinglin.wechat.envelope import Envelope, Mode
from xinglin.wechat.flatxml import BODY_LIMIT_BYTES

KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
XML = "<xml><ToUserName>a</ToUserName><Content><![CDATA[黄芪 ]]]]><![CDATA[>]]></Content></xml>"


@pytest.fixture
def envelope() -> Envelope:
    return Envelope("token", "wx1", KEY, mode="compatible")


@pytest.mark.parametrize(
    ("timestamp", "nonce", "expected"),
    [("1714036504", "1514711492", "f464b24f"), ("1714037059", "486452656", "899cf89e")],
)
def test_the_platforms_own_vectors_are_signed_alike(
    timestamp: str, nonce: str, expected: str
) -> None:
    assert sign("AAAAA", timestamp, nonce).startswith(expected)


def test_the_url_check_returns_the_echo(envelope: Envelope) -> None:
    query = {"signature": sign("token", "1", "2"), "timestamp": "1", "nonce": "2", "echostr": "e<"}

    assert envelope.verify(query) == "e<"
    with pytest.raises(SignatureError):
        envelope.verify(query | {"signature": "0" * 40})


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_push_of_our_own_opens(envelope: Envelope, encrypted: bool) -> None:
    query, body = envelope.seal_push(XML, encrypted=encrypted)

    opened = envelope.open(query, body.encode())

    assert opened.encrypted is encrypted
    assert opened.fields == {"ToUserName": "a", "Content": "黄芪 ]]>"}


def test_an_independent_program_reads_our_cipher_and_we_read_its(envelope: Envelope) -> None:
    other = Crypto("token", "wx1", KEY)

    assert other.decrypt(MessageCipher(KEY, "wx1").encrypt("杏林")) == "杏林"
    assert MessageCipher(KEY, "wx1").decrypt(other.encrypt("杏林")).decode() == "杏林"


def test_replies_to_encrypted_pushes_are_encrypted_and_signed(envelope: Envelope) -> None:
    sealed = envelope.seal(XML, encrypted=True)

    assert "黄芪" not in sealed
    assert envelope.open_reply(sealed)["Content"] == "黄芪 ]]>"
    assert envelope.seal(XML, encrypted=False) == XML


@pytest.mark.parametrize("field", ["signature", "timestamp", "nonce"])
@pytest.mark.parametrize("value", ["", "x", "0" * 40, "签名", "\ud800"])
def test_a_wrong_signature_is_refused(envelope: Envelope, field: str, value: str) -> None:
    query, body = envelope.seal_push(XML, encrypted=False)

    with pytest.raises(SignatureError):
        envelope.open(query | {field: value}, body.encode())


def test_a_cipher_text_of_another_account_key_or_pad_is_refused(envelope: Envelope) -> None:
    other_app = MessageCipher(KEY, "wx2").encrypt(XML)
    other_key = MessageCipher(KEY[::-1], "wx1").encrypt(XML)
    cut = MessageCipher(KEY, "wx1").encrypt(XML)[:-24]
    for sealed in (other_app, other_key, cut, "####", "", "AAAA"):
        query = {"timestamp": "1", "nonce": "2", "encrypt_type": "aes"}
        query["msg_signature"] = sign("token", "1", "2", sealed)
        body = f"<xml><Encrypt>{sealed}</Encrypt></xml>"
        with pytest.raises((SignatureError, MessageError)):
            envelope.open(query, body.encode())


def test_an_encrypted_push_without_a_key_or_signature_is_refused(envelope: Envelope) -> None:
    query, body = envelope.seal_push(XML, encrypted=True)

    with pytest.raises(SignatureError, match="AES_KEY"):
        Envelope("token").open(query, body.encode())
    query.pop("msg_signature")
    with pytest.raises(SignatureError):
        envelope.open(query, body.encode())


def test_without_a_token_everything_is_refused() -> None:
    query = {"signature": sign("", "1", "2"), "timestamp": "1", "nonce": "2"}

    with pytest.raises(SignatureError, match="XINGLIN_WECHAT_TOKEN"):
        Envelope("").open(query, XML.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<xml>",
        b"<xml></xml><xml></xml>",
        b"<other><a>1</a></other>",
        b"not xml",
        b"\xff\xfe\x00",
        b'{"MsgType": "text"}',
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
        b"<xml>" + b"<a>" * 50 + b"</a>" * 50 + b"</xml>",
        b"<xml><Content>" + b"a" * BODY_LIMIT_BYTES + b"</Content></xml>",
    ],
)
def test_a_body_that_is_no_push_is_a_message_error(envelope: Envelope, body: bytes) -> None:
    query = {"signature": sign("token", "1", "2"), "timestamp": "1", "nonce": "2"}

    with pytest.raises(MessageError):
        envelope.open(query, body)


@given(st.binary(max_size=300))
def test_random_bodies_never_raise_anything_else(body: bytes) -> None:
    query = {"signature": sign("token", "1", "2"), "timestamp": "1", "nonce": "2"}
    try:
        Envelope("token").open(query, body)
    except MessageError:
        pass


@pytest.mark.parametrize(
    "inside", ["\x00", "\x08", "&#0;", "&#x1F;", "&#xFFFF;", "￾", "&#99999999;"]
)
def test_characters_that_xml_forbids_are_dropped_not_refused(
    envelope: Envelope, inside: str
) -> None:
    query, body = envelope.seal_push(f"<xml><Content>前{inside}后</Content></xml>", encrypted=False)

    assert envelope.open(query, body.encode()).fields["Content"] == "前后"


# --- which signature proves what, in each mode ---


def safe(mode: Mode | None = None) -> Envelope:
    return Envelope("token", "wx1", KEY, mode=mode)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"encrypt_type": "aes"},
        {"encrypt_type": "AES"},
        {"encrypt_type": "raw"},
        {"encrypt_type": ""},
        {"encrypt_type": "aes", "msg_signature": "0" * 40},
        {"msg_signature": ""},
    ],
)
def test_safe_mode_takes_no_plain_body_however_it_is_called(more: dict[str, str]) -> None:
    envelope = safe()
    query, sealed = envelope.seal_push(XML, encrypted=True)
    observed = {name: query[name] for name in ("signature", "timestamp", "nonce")}

    for claimed in (observed | more, query | more):
        with pytest.raises(SignatureError):
            envelope.open(claimed, XML.encode())
    mixed = sealed.replace("<xml>", "<xml><FromUserName>o2</FromUserName>")
    assert "FromUserName" not in envelope.open(query, mixed.encode()).fields


def test_plain_mode_takes_no_encrypted_push_and_needs_no_key() -> None:
    query, body = safe().seal_push(XML, encrypted=True)

    with pytest.raises(SignatureError, match="XINGLIN_WECHAT_MODE"):
        Envelope("token").open(query, body.encode())
    with pytest.raises(ValueError, match="needs an EncodingAESKey"):
        Envelope("token", mode="safe")
    with pytest.raises(ValueError, match="AppID"):
        Envelope("token", "", KEY)


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    "more", [{}, {"openid": "o9"}, {"x": "y" * 100}, {"signature2": "z"}, {"ENCRYPT_TYPE": "raw"}]
)
def test_what_a_caller_adds_to_the_query_changes_nothing_of_what_was_proved(
    envelope: Envelope, encrypted: bool, more: dict[str, str]
) -> None:
    query, body = envelope.seal_push(XML, encrypted=encrypted)

    first, second = (envelope.open(one, body.encode()) for one in (query, query | more))

    assert first == second
    plain = sign("token", query["timestamp"], query["nonce"])
    proofs = {query.get("msg_signature"), plain} - {None}
    assert set(first.proofs) == proofs


def test_plain_mode_does_not_look_at_a_msg_signature() -> None:
    envelope = Envelope("token")
    query, body = envelope.seal_push(XML, encrypted=False)

    opened = envelope.open(query | {"msg_signature": "y1"}, body.encode())

    assert opened.proofs == (query["signature"],)


def test_moving_the_border_between_time_and_nonce_proves_the_same() -> None:
    """The platform signs the three joined, so two queries may have one signature."""
    envelope, signature = Envelope("token"), sign("token", "12", "345")

    proofs = {
        envelope.open(
            {"signature": signature, "timestamp": stamp, "nonce": nonce}, XML.encode()
        ).proofs
        for stamp, nonce in (("12", "345"), ("1", "2345"), ("123", "45"))
    }

    assert proofs == {(signature,)}


def test_a_plain_and_an_encrypted_body_never_carry_the_same(envelope: Envelope) -> None:
    query, sealed = envelope.seal_push(XML, encrypted=True)
    stripped = {name: query[name] for name in ("signature", "timestamp", "nonce")}

    encrypted = envelope.open(query, sealed.encode())
    plain = envelope.open(stripped, XML.encode())

    assert set(plain.proofs) <= set(encrypted.proofs)
    assert plain.carried != encrypted.carried


def test_a_url_check_opens_no_cipher_text(envelope: Envelope) -> None:
    """An encrypted push that was overheard is not read out as the echo of a check."""
    query, body = envelope.seal_push(XML, encrypted=True)
    sealed = body.partition("<![CDATA[")[2].partition("]]>")[0]

    assert envelope.verify(query | {"echostr": sealed}) == sealed
    with pytest.raises(SignatureError):
        envelope.verify({**query, "signature": "", "echostr": sealed})


def test_a_url_check_of_another_day_is_refused() -> None:
    envelope = Envelope("token", age_s=600, now=lambda: 10_000.0)
    for stamp, good in (("9500", True), ("9300", False), ("10700", False), ("x", False)):
        query = {"timestamp": stamp, "nonce": "1", "echostr": "e"}
        query["signature"] = sign("token", stamp, "1")
        if good:
            assert envelope.verify(query) == "e"
        else:
            with pytest.raises(SignatureError):
                envelope.verify(query)


def test_a_huge_nonce_is_refused_before_it_is_signed(envelope: Envelope) -> None:
    query, body = envelope.seal_push(XML, encrypted=False)

    with pytest.raises(SignatureError, match="too long"):
        envelope.open(query | {"nonce": "1" * 129}, body.encode())
