"""Aspects that things are asked for."""

from __future__ import annotations

from knowledge.aspects import aspects, missing, phrases_of_header


def test_each_aspect_has_headers_and_phrases_of_its_own() -> None:
    headers = [word for one in aspects() for word in one.headers]

    assert len(headers) == len(set(headers))
    assert all(one.headers and one.phrases for one in aspects())
    assert "要钱吗" in phrases_of_header("门票")
    assert phrases_of_header("没有这种表头") == ()


def test_what_no_column_tells_is_missing() -> None:
    found = {one.headers[0] for one in missing(["价格", "首次开放时间", "怎么泡"])}

    assert {"价格", "时间", "冲泡"} & found == set()
    assert {"产地", "颜色", "保质期"} <= found
