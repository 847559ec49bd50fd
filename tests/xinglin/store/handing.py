"""What a follower, a worker and a sender do to the store, in a line each."""

from __future__ import annotations

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
    while (parcel := store.outbox.claim(user)) is not None:
        texts.append(parcel.text)
        store.outbox.done(parcel)
    return texts
