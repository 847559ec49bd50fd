"""A model is swapped while turns are under way."""

from __future__ import annotations

import pytest

from workers.model_holder import ModelHolder, open_engine
from xinglin.errors import ModelLoadError
from xinglin.settings import Settings

pytestmark = pytest.mark.redis


def test_turns_under_way_keep_their_model_until_they_end(echo: Settings) -> None:
    old = open_engine(echo, "old", announced=True)
    holder = ModelHolder(old, "old", 1)

    with holder.use() as served:
        holder.swap(open_engine(echo, "new", announced=True), "new", 2)
        assert holder.current.model == "new"
        assert served.engine is old
        assert old.submit(b"a").result(5).finish == "end"

    with pytest.raises(Exception, match="closed"):
        old.submit(b"a")
    holder.close()


@pytest.mark.parametrize("name", ["../tcm", "/etc", "a/b", "", ".", "..", "a..b/c", "模型"])
def test_an_announced_model_is_a_plain_name(settings: Settings, name: str) -> None:
    with pytest.raises(ModelLoadError, match="not the name"):
        open_engine(settings, name, announced=True)
