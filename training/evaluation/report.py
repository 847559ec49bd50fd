"""The findings of `evaluate` as Markdown: a report, and a page of questions and replies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.evaluation.dialogue import Sample
from training.evaluation.exam import exam_sentence
from training.evaluation.service.figures import table
from training.evaluation.verdicts import VERDICTS, Verdict, verdict_key
from training.readme import bits_rows

Found = Mapping[str, Any]

FLOORS = {"ended_share": 0.95, "valid_share": 1.0, "repeats_gram_share": 0.05}
"""Least share of replies that end, least share of valid text, most that repeat a 4-gram."""
BITS_PLOT, REPLIES_PLOT = "bits.png", "replies.png"


def report_page(found: Found) -> str:
    """Return the whole report of `--all`, pictures included."""
    model, seed = found["model"], found["sampling"]["seed"]
    head = [
        f"# Evaluation of {model['name']} {model['version']}",
        "",
        f"Weights `{model['sha256'][:16]}`, codec {model['codec']}, seed {seed}. Made by",
        "`python -m training evaluate --all`; what each measure means: `docs/evaluation.md`.",
    ]
    parts = [
        "\n".join(head),
        findings(found),
        f"![bits per character]({BITS_PLOT})",
        *([f"![replies]({REPLIES_PLOT})"] if found.get("dialogue") else []),
    ]
    return "\n\n".join(parts) + "\n"


def findings(found: Found) -> str:
    """Return a section for each measure that was taken."""
    parts = [_service_section(found)] if found.get("service") else []
    parts.append(bits_section(found))
    if found.get("int8_loss"):
        parts.append(_loss_section(found["int8_loss"]))
    if found.get("compression"):
        parts.append(_compression_section(found))
    if found.get("exam"):
        parts.append(f"## Multiple choice\n\n{exam_sentence(found['exam'])}")
    if found.get("dialogue"):
        parts.append(_dialogue_section(found["dialogue"]))
    if found.get("verdicts"):
        parts.append(_verdict_section(found["verdicts"]))
    return "\n\n".join(parts)


def _service_section(found: Found) -> str:
    sampling = found["sampling"]
    head = (
        f"Account `{found['account']}`, asked as a follower asks: the web side first, then a "
        f"worker's Replier; {_drafts(sampling)}, Top-E {sampling['top_e']:g} at temperature "
        f"{sampling['temperature']:g}. Times are of the processor, on the machine that ran this."
    )
    return f"## The service\n\n{head}\n\n{table(found['service'], found['times'])}"


def bits_section(found: Found) -> str:
    """Return bits per character and per byte of UTF-8 of each text and backend."""
    limit = found["limit_characters"]
    rows = [
        "## Bits",
        "",
        *([f"The first {limit:,} characters of each text.", ""] if limit else []),
        "| text | backend | bits per character | bits per UTF-8 byte |",
        "|---|---|---:|---:|",
    ]
    return "\n".join([*rows, *bits_rows(found["measured"])])


def _loss_section(losses: Found) -> str:
    rows = [
        "## What int8 loses",
        "",
        "The same pieces of each text in int8 (`cpu`) and in float32 (`reference`).",
        "",
        "| text | characters | int8 | float32 | loss |",
        "|---|---:|---:|---:|---:|",
    ]
    rows += [
        f"| {name} | {one['characters']:,} | {one['int8']:.4f} | {one['reference']:.4f} "
        f"| {one['loss_percent']:+.2f} % |"
        for name, one in losses.items()
    ]
    return "\n".join(rows)


def _compression_section(found: Found) -> str:
    rows = [
        "## Against general compressors",
        "",
        "Bits per character (bits per byte of UTF-8) of the same text. The compressors start with",
        "nothing, the model with what it learnt; its row is the sum of its bits.",
        "",
        "| text | tool | bits per character | bits per UTF-8 byte |",
        "|---|---|---:|---:|",
    ]
    for name, tools in found["compression"].items():
        ranked = sorted(tools.items(), key=lambda item: item[1]["bits_per_character"])
        rows += [
            f"| {name} | {tool} | {one['bits_per_character']:.3f} "
            f"| {one['bits_per_utf8_byte']:.3f} |"
            for tool, one in ranked
        ]
    return "\n".join(rows)


def _dialogue_section(found: Found) -> str:
    low, high = found["ended_interval_95"]
    topic = found["on_topic"]
    rows = [
        "## Replies",
        "",
        f"{found['replies']} replies of the service, without its warnings.",
        "",
        "| measure | figure | floor |",
        "|---|---:|---|",
        f"| the model ends all drafts by itself | {found['ended_share']:.1%} "
        f"({low:.1%} to {high:.1%}) | {_floor(found, 'ended_share')} |",
        _row("valid text", found, "valid_share"),
        _row("a 4-gram more than three times in a row", found, "repeats_gram_share"),
        _row("any 2 to 40 characters so", found, "repeats_unit_share"),
        _row("a 4-gram more than three times anywhere", found, "overuses_gram_share"),
        _row("4-grams that stood before in a reply", found, "repeated_4gram_share"),
        *(_row(f"distinct-{n}", found, f"distinct_{n}") for n in (1, 2, 3)),
        f"| mean length, characters | {found['mean_characters']:.1f} | |",
        _row("empty", found, "empty_share"),
        f"| on topic, of {topic['asked']} with a subject | {topic['share']:.1%} "
        f"({topic['interval_95'][0]:.1%} to {topic['interval_95'][1]:.1%}) | |",
    ]
    return "\n".join(rows)


def _drafts(sampling: Found) -> str:
    drafts = sampling["drafts"]
    return "one draft of each reply" if drafts == 1 else f"{drafts} drafts of each reply"


def _row(label: str, found: Found, name: str) -> str:
    return f"| {label} | {found[name]:.1%} | {_floor(found, name)} |"


def _floor(found: Found, name: str) -> str:
    if name not in FLOORS:
        return ""
    floor = FLOORS[name]
    if name.startswith("repeats"):
        return f"below {floor:.0%}: {'met' if found[name] < floor else 'not met'}"
    return f"{floor:.0%}: {'met' if found[name] >= floor else 'not met'}"


def _verdict_section(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    parts = [f"{counts[name]} {name}" for name in (*VERDICTS, "unjudged")]
    text = f"## A reader's verdict\n\nOf {total} replies in `samples.md`: {', '.join(parts)}."
    judged = total - counts["unjudged"]
    if not judged:
        return text
    return f"{text} Fair or better: {(counts['good'] + counts['fair']) / judged:.0%} of {judged}."


def samples_page(name: str, samples: Sequence[Sample], table: Mapping[str, Verdict]) -> str:
    """Return the questions and replies as a table with a column for a reader's verdict."""
    rows = [
        f"# {len(samples)} questions to {name}",
        "",
        "As a follower gets them, without links and warnings. Verdicts are written in",
        "`verdicts.json`; a reply that changed is unjudged again.",
        "",
        "| # | question | reply | told from | verdict | remark |",
        "|---:|---|---|---|---|---|",
    ]
    for number, sample in enumerate(samples, 1):
        given = table.get(verdict_key(sample.prompt, sample.reply), Verdict("", ""))
        cells = [sample.prompt, sample.reply, sample.by, given.verdict, given.remark]
        rows.append(f"| {number} | {' | '.join(map(_cell, cells))} |")
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    for mark in "\\|*_`<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text.strip().replace("\n", "<br>")
