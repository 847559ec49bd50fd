"""Sentences about what keeps a backup from being made or restored, in both languages."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xinglin.bilingual import Notice
from xinglin.errors import BackupError

__all__ = ["BackupError", "cut_off", "damaged", "file_errors"]


def damaged(part: str) -> Notice:
    """Return the sentence about a part that is not what was written."""
    return Notice(
        f"the backup is damaged: {part} is not what was written; take another one",
        f"备份已损坏：{part} 与写入时不同；请换一份备份",
    )


def cut_off(path: Path) -> Notice:
    """Return the sentence about a file that is no whole archive."""
    return Notice(
        f"{path} is no backup, or a part of one: its end is missing; copy it again and compare"
        " sizes",
        f"{path} 不是备份，或者不完整（缺少结尾）；请重新复制并比较大小",
    )


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of a file into BackupError."""
    try:
        yield
    except OSError as error:
        place, why = error.filename or path, error.strerror
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupError(
                Notice(
                    f"{place}: the disk is full; free some space and try again. What was there"
                    " before is as it was",
                    f"{place}：磁盘已满；请腾出空间再试。原有的文件没有变化",
                )
            ) from error
        raise BackupError(
            Notice(f"{place}: cannot be read or written ({why})", f"{place}：无法读写（{why}）")
        ) from error
