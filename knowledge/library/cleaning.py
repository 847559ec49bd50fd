"""Bring a book into the one form: a citation, `# ` chapters, `## ` sections, paragraphs.

    《伤寒论》 张仲景 汉
    # 卷一
    ## 辨太阳病脉证并治上
    太阳之为病，脉浮，头项强痛而恶寒。

Three kinds of text come in: this form itself, which stays as it is but for invisible characters;
the mark-up of the public transcriptions (`<目录>`, `<篇名>`, `书名：`, lines broken at 80 columns);
and any other text or Markdown, whose headings are kept and whose file name is the title.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.library.records import Book
from knowledge.library.sources import Document

_LONGEST_TITLE = 60
_CITATION = re.compile(
    r"《([^《》\n]{1,60})》[ \u3000]*([^ \u3000\n]*)[ \u3000]*([^ \u3000\n]*)[ \u3000]*"
)
# Controls, format characters, private use, lone surrogates, noncharacters: nothing that is read.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ue000-\uf8ff\ufe00-\ufe0f"
    "\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
)
_TRAILING = re.compile("[ \t\u3000]+$", re.MULTILINE)

_MARKED = re.compile(r"^<(?:目录|篇名)>", re.MULTILINE)
_FIELD = re.compile(r"^[ \t]*(书名|作者|朝代|年份)[ \t]*[：:][ \t]*(.*)$", re.MULTILINE)
_NOISE = re.compile(
    r"\\[pr][^\s\\]{0,24}\.bmp\\r|\\[rpXR]|@@@|<img[^>]*>|^(?:内容|属性)\s*：", re.MULTILINE
)
_REMARK = re.compile(r"[（(\[].*")
_PRINTED = str.maketrans("∶﹐﹒﹔﹕﹖﹗", "：，．；：？！")
_WIDE = {
    code: code - 0xFEE0
    for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
# What an automatic conversion did to the words of medicine.
REPAIRS = {
    "毒瓦斯": "毒气", "香港脚": "脚气", "野狼毒": "狼毒", "黄胆": "黄疸", "浓朴": "厚朴",
    "川朴浓": "川朴厚", "桂附浓": "桂附厚", "浓味": "厚味", "味浓": "味厚", "气浓": "气厚",
    "苔浓": "苔厚", "浓薄": "厚薄",
}  # fmt: skip
_REPAIRED = re.compile("|".join(REPAIRS))
_ENDS = tuple("。！？：；”』」）)")
_FULL = 0.85
_ORPHAN = 4
_DYNASTY = re.compile(
    "先秦|战国|春秋|西汉|东汉|三国|西晋|东晋|南北朝|南齐|北魏|北周|北齐|五代|北宋|南宋|民国|日本|朝鲜|"
    "[秦汉魏晋梁隋唐宋辽金元明清]"
)
# Signs that a later hand has added a paragraph to an old book.
_EDITOR = re.compile(
    "(?:19|20)\\d\\d年|出版社|毫升|血压|维生素|抗生素|[一二三四五六七八九十\\d]克[）)]"
)
_MODERN = re.compile("现代|当代|近代|共和国")


@dataclass(frozen=True, slots=True)
class CleanBook:
    """A book in the one form.

    Attributes:
        book: its citation.
        text: everything below the citation; lines end with a newline.
        refusal: why it should not be taken; "" where it should.
    """

    book: Book
    text: str
    refusal: str = ""


def clean(document: Document) -> CleanBook:
    """Bring one document into the one form."""
    text = _TRAILING.sub("", _UNSEEN.sub("", unicodedata.normalize("NFC", document.text))).strip(
        "\n"
    )
    if _MARKED.search(text):
        return _clean_marked(document, text)
    first, _, rest = text.partition("\n")
    if match := _CITATION.fullmatch(first.removeprefix("# ")):
        return CleanBook(Book(*match.groups()), rest)
    title = _title_of(document.file)
    if document.file.name.lower().removesuffix(".xz").endswith(".md"):
        if document.alone and first.startswith("# ") and first[2:].strip():
            title, text = first[2:].strip()[:_LONGEST_TITLE], rest
        text = re.sub("^#{3,6} ", "## ", text, flags=re.MULTILINE)
    return CleanBook(Book(title), text)


def repaired(text: str) -> str:
    """Undo what an automatic conversion did to the words of medicine."""
    return _REPAIRED.sub(lambda match: REPAIRS[match[0]], text)


def is_spoilt(text: str) -> bool:
    """Tell whether such a conversion has touched a text."""
    return _REPAIRED.search(text) is not None or "黄芪帝" in text


def _title_of(file: Path) -> str:
    name = re.sub(r"(?i)(\.(txt|md|xz))+$", "", file.name)
    return re.sub(r"^\d+[-_. ]+", "", name).strip("《》 ")[:_LONGEST_TITLE] or "无题"


def _clean_marked(document: Document, text: str) -> CleanBook:
    """Clean a transcription that marks its headings with `<目录>` and `<篇名>`."""
    text = _NOISE.sub("", text.translate(_PRINTED).translate(_WIDE)).replace("\\x", "\n")
    found = reversed(list(_FIELD.finditer(text)))  # the first of a kind counts
    fields = {match[1]: _REMARK.sub("", match[2]).strip() for match in found}
    lines: list[str] = []
    paragraph: list[str] = []
    chapter = ""  # each section names it anew
    full = _FULL * _usual_width(text)
    for line in [*text.split("\n"), ""]:
        if _FIELD.match(line):
            continue
        if heading := _heading(line, fields.get("书名", "")):
            lines += _flushed(paragraph)
            if heading != chapter:
                lines.append(heading)
            if heading.startswith("# "):
                chapter = heading
        elif not line.startswith("<"):
            if line.strip():
                paragraph.append(line.strip())
            if not _goes_on(line, full):
                lines += _flushed(paragraph)
    title = fields.get("书名", "") or _title_of(document.file)
    dated = fields.get("朝代", "")  # 明·万历六年
    dynasty = match[0] if (match := _DYNASTY.search(dated)) else dated
    book = Book(title[:_LONGEST_TITLE], fields.get("作者", ""), dynasty)
    if dynasty and dynasty != "民国":
        lines = [line for line in lines if not _EDITOR.search(line)]
    body = repaired("\n".join(lines))
    refusal = f"a modern work ({dated})" if _MODERN.search(dated) else ""
    return CleanBook(replace(book, title=repaired(book.title)), body, refusal)


def _heading(line: str, title: str) -> str:
    """Return the heading that a line marks; "" where it marks none, or only the book's title."""
    for mark, sign in (("<目录>", "# "), ("<篇名>", "## ")):
        if line.startswith(mark):
            words = " ".join(line[len(mark) :].replace("\\", " ").split())
            return f"{sign}{words}" if words and words != title else ""
    return ""


def _flushed(paragraph: list[str]) -> list[str]:
    text = "".join(paragraph)
    paragraph.clear()
    return [text.lstrip("#")] if text.strip("#") else []


def _goes_on(line: str, full: float) -> bool:
    """Tell whether a line was broken because it was full, or holds the stray end of one."""
    line = line.strip()
    if not line or line.endswith(_ENDS):
        return False
    return len(line) >= full or len(line) <= _ORPHAN


def _usual_width(text: str) -> int:
    sizes = sorted(len(line.strip()) for line in text.split("\n") if len(line.strip()) > _ORPHAN)
    return sizes[len(sizes) * 3 // 4] if sizes else 0
