"""Steps of a follower, a worker and a sender at the store, in a line each."""

from __future__ import annotations

import secrets

from xinglin.store import Reply, Store


def ask(store: Store, openid: str, message_id: str, wait_s: float = 5.0) -> str:
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, "问", wait_s=wait_s)
    return user


def answer(store: Store, user: str, text: str = "答") -> None:
    claim = store.turns.take(user)
    assert claim is not None
    store.turns.commit(claim, Reply(text, True, "m", claim.message_id, claim.openid), None)


def sent(store: Store, user: str) -> list[str]:
    """Send all that is in the outbox."""
    texts = []
    while (outgoing := store.outbox.claim(user)) is not None:
        texts.append(outgoing.text)
        store.outbox.done(outgoing)
    return texts


def tap(store: Store, user: str, message_id: str = "") -> str | None:
    """Send 继续; returns what comes, None for nothing and "..." while it is being made."""
    message_id = message_id or secrets.token_hex(4)
    found = store.continuation.look(user, message_id)
    if found.kind in ("pending", "nothing"):
        return "..." if found.kind == "pending" else None
    if found.kind == "given":
        return found.text
    return store.continuation.take(user, message_id, found, found.text)
