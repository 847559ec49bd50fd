"""Dialogues as training text: cleaned turns in the chat format.

A model this small would learn to attach real titles to invented sentences, and to invent doses.
So answers quoted from the classics lose their citation, their doses and their preparation
directions, and turns that ask for a source are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from inference.prompt import render_conversation
from training.errors import DataError

QUOTING_CORPUS = "classics-qa"

_CITATION = re.compile(r"^《[^《》]{1,40}》（[^（）]{1,40}）：")
_DISCLAIMERS = (
    "古今剂量不同，切勿自行用药。",
    "以上出自古籍，仅供学习，用药请咨询医师。",
    "这是古书原文，不能代替诊疗，身体不适请就医。",
)
_ASKS_SOURCE = re.compile(r"出自哪里|出处|哪本书")
_NEXT_QUESTION = {
    "还有别的书讲到它吗？": "还有别的说法吗？",
    "别的古籍呢？": "还有呢？",
    "再举一本书。": "再说一些。",
    "其他医家怎么说？": "还有不同的看法吗？",
}
_NUMBER = "[一二三四五六七八九十百千数两半]"
_UNIT = "(?:两|钱匕|钱|分|升|合|枚|斤|铢|克|个|片|粒|丸|匕|字|盏|碗|茎|条|匙|撮|毫升|ml|mg|g)"
_DOSE = re.compile(rf"[各共]?(?:{_NUMBER}+|[0-9.]+){_UNIT}半?(?:重|许)?")
_EMPTY_BRACKETS = re.compile(r"（[，、。；\s]*）")
_DIRECTION = re.compile(
    r"每服|分服|服[一二三四五六七八九十百数]|日[一二三再]服|[煎煮取]至|[煎煮]取|以水|水煎|上为|上[一二三四五六七八九十]+味|"
    r"为[细粗]?末|[蜜糊]丸|丸如|如[梧弹]|桐子|送下|调下|温服|顿服|空心|空腹|食[前后远]|不拘时|去滓|同煎"
)
_CLAUSE = re.compile(r"[^，。；！？\n]*[，。；！？\n]?")


def strip_citation(answer: str) -> str:
    """Remove the leading book reference and the closing line about old books."""
    answer = _CITATION.sub("", answer.strip())
    for line in _DISCLAIMERS:
        answer = answer.removesuffix(line).rstrip()
    return answer


def strip_doses(answer: str) -> str:
    """Remove quantities and the clauses that tell how to prepare or take something."""
    clauses = (clause for clause in _CLAUSE.findall(answer) if not _DIRECTION.search(clause))
    text = _EMPTY_BRACKETS.sub("", _DOSE.sub("", "".join(clauses)))
    text = re.sub(r"[，；、]+([。！？])", r"\1", text).strip()
    return re.sub(r"[，；、]$", "。", text)


def clean_turns(source: str, turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the (user, assistant) turns worth learning; a dropped turn ends the conversation."""
    if not source.startswith(QUOTING_CORPUS):
        return turns
    kept: list[tuple[str, str]] = []
    for user, assistant in turns:
        answer = strip_doses(strip_citation(assistant))
        if _ASKS_SOURCE.search(user) or len(answer) < 8:
            break
        kept.append((_NEXT_QUESTION.get(user, user), answer))
    return kept


def read_conversations(
    lines: Iterable[str], name: str = "dialogue"
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield (source, cleaned turns) of each JSON line that has something worth learning.

    Args:
        lines: {"source": ..., "turns": [{"role": "user", "text": ...}, ...]}; `source` may lack.
        name: of the file, for errors.

    Raises:
        DataError: a line is no such record.
    """
    for number, line in enumerate(lines, 1):
        source, turns = _parse(line, f"{name}, line {number}")
        kept = clean_turns(source, turns)
        if kept:
            yield source, kept


def _parse(line: str, place: str) -> tuple[str, list[tuple[str, str]]]:
    try:
        record = json.loads(line)
        turns = [(turn["role"], turn["text"]) for turn in record["turns"]]
        source = str(record.get("source", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f'{place} is not {{"turns": [{{"role": "user", "text": "..."}}, ...]}}: {error!r}'
        ) from error
    roles = [role for role, _ in turns]
    if not turns or roles != ["user", "assistant"] * (len(turns) // 2):
        raise DataError(f"{place}: roles are {roles}; they must alternate, user, assistant, ...")
    texts = [str(text) for _, text in turns]
    return source, list(zip(texts[::2], texts[1::2], strict=True))


def render_dialogues(lines: Iterable[str]) -> Iterator[str]:
    """Yield each conversation, cleaned, in the chat format."""
    for _, turns in read_conversations(lines):
        yield render_conversation(turns)
