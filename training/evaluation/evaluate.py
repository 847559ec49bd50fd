"""One run of `evaluate`: which measures are taken, and which files hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from inference.config import BackendName, EngineConfig
from inference.engine import Engine
from inference.prompt import encode
from training.errors import RunError
from training.evaluation import plots, report
from training.evaluation.compression import compress_text, compressors
from training.evaluation.corpora import (
    Cost,
    ValidText,
    as_fields,
    int8_loss,
    is_english,
    measure,
    take_spread,
    valid_texts,
    wanted_texts,
)
from training.evaluation.dialogue import Sample, measure_replies
from training.evaluation.exam import FILE as EXAM
from training.evaluation.exam import read_questions, take_exam
from training.evaluation.pages import FORMAT, write_pages
from training.evaluation.prompts import BETWEEN_TURNS, Prompt, read_prompts
from training.evaluation.service.asking import Asking, Reply, Service
from training.evaluation.service.figures import as_records, time_records
from training.evaluation.service.measure import ACCOUNT, measure_service
from training.evaluation.verdicts import FILE as VERDICTS
from training.evaluation.verdicts import read_verdicts


@dataclass(frozen=True, slots=True)
class Options:
    """Choice of what to measure, and how much of it.

    Attributes:
        backends: each measures the valid texts; the first one replies.
        limit: characters of each valid text, from its beginning; 0 is all.
        threads: of the engine; as many texts are read side by side.
        prompts: file of the fixed questions; None is the built-in page.
        samples: whether to ask them.
        asking: dial, temperature and seed of the drafts.
        account: that the service answers for: a name under `accounts/`, or a folder.
        questions: folder of the account's lists; None: those that come with `tcm`, for `tcm`.
        books: that a library is built from, to measure quotations.
        reference_characters: of each text that `evaluate_all` gives to the slow reference too.
    """

    backends: Sequence[BackendName] = ("cpu",)
    limit: int = 0
    threads: int = 1
    prompts: Path | None = None
    samples: bool = True
    asking: Asking = field(default_factory=Asking)
    account: str = ACCOUNT
    questions: Path | None = None
    books: Sequence[Path] = ()
    reference_characters: int = 4000


def evaluate_model(model: Path, data: Path, options: Options, out: Path | None) -> dict[str, Any]:
    """Measure bits and show replies; print the findings as JSON and Markdown, and return them.

    Args:
        model: its folder.
        data: folder of the valid corpora.
        options: what to measure.
        out: file for the JSON.

    Raises:
        DataError: a corpus is missing or malformed.
    """
    options.asking.check()
    texts = valid_texts(data, options.limit)
    prompts = read_prompts(options.prompts)
    found: dict[str, Any] = {}
    for backend in options.backends:
        with _open(model, backend, options) as engine:
            found = found or _head(engine, options)
            found["measured"][backend] = _fields(_measure_all(engine, texts, options.threads))
    if options.samples:
        _ask_prompts(model, prompts, options, found)
    text = json.dumps(found, ensure_ascii=False, indent=1)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
    print(text)
    print(f"\n{report.findings(found)}")
    for one in found.get("samples", []):
        print(f"\n> {one['prompt']}\n\n{one['reply']}{'' if one['ended'] else ' …'}")
    return found


def evaluate_all(model: Path, data: Path, options: Options, out: Path) -> dict[str, Any]:
    """Take every measure and write `out`: report.json, report.md, samples.md, pictures.

    Raises:
        DataError: a corpus or the verdicts in `out` are malformed, or none is there.
        RunError: `out` is a file.
    """
    options.asking.check()
    _make_folder(out)
    known = read_verdicts(out / VERDICTS)
    with _open(model, options.backends[0], options) as engine:
        found = _head(engine, options)
        corpora = engine.checkpoint.config.corpora
        texts = valid_texts(data, options.limit, wanted_texts(corpora))
        costs = _measure_all(engine, texts, options.threads)
        found["measured"][options.backends[0]] = _fields(costs)
        found["int8_loss"] = _measure_loss(model, engine, texts, options)
        found["compression"] = _measure_compression(texts, costs, engine.checkpoint.name)
        if not is_english(corpora) and (data / EXAM).exists():
            found["exam"] = take_exam(engine, read_questions(data / EXAM))
    if options.samples and not is_english(corpora):
        _measure_service(model, options, found)
    samples = [Sample(**one) for one in found.get("samples", [])]
    write_pages(found, samples, known, out)
    plots.plot_bits(found["compression"], out / report.BITS_PLOT)
    if samples:
        replies = [Sample(**one) for one in found["replies"]]
        plots.plot_replies(replies, out / report.REPLIES_PLOT)
    return found


def _open(model: Path, backend: BackendName, options: Options) -> Engine:
    return Engine.open(model, EngineConfig(backend=backend, threads=options.threads))


def _head(engine: Engine, options: Options) -> dict[str, Any]:
    checkpoint = engine.checkpoint
    names = ("name", "version", "sha256", "codec", "parameters")
    return {
        "format": FORMAT,
        "model": {name: getattr(checkpoint.config, name) for name in names},
        "account": options.account,
        "sampling": asdict(options.asking),
        "limit_characters": options.limit,
        "measured": {},
    }


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise RunError(f"{out} is a file; --all writes a folder, so name another --out") from error


def _measure_all(engine: Engine, texts: Sequence[ValidText], threads: int) -> dict[str, Cost]:
    """Measure several texts at a time: one text is read in order, by one thread."""
    total = sum(len(encode(text.text, engine.checkpoint.codec)) for text in texts)
    with _bar(total, f"bits ({engine.backend})", "B") as bar, ThreadPoolExecutor(threads) as pool:
        costs = pool.map(lambda text: measure(engine, text, bar.update), texts)
        return {text.name: cost for text, cost in zip(texts, costs, strict=True)}


def _fields(costs: Mapping[str, Cost]) -> dict[str, dict[str, float]]:
    return {name: as_fields(cost) for name, cost in costs.items()}


def _measure_loss(
    model: Path, engine: Engine, texts: Sequence[ValidText], options: Options
) -> dict[str, dict[str, float]]:
    """Measure pieces of each text with the engine at work and with the reference."""
    if not options.reference_characters or engine.backend == "reference":
        return {}
    pieces = [take_spread(text, options.reference_characters) for text in texts]
    int8 = _measure_all(engine, pieces, options.threads)
    with _open(model, "reference", options) as reference:
        exact = _measure_all(reference, pieces, 1)
    return {name: int8_loss(int8[name], exact[name]) for name in int8}


def _measure_compression(
    texts: Sequence[ValidText], costs: Mapping[str, Cost], name: str
) -> dict[str, dict[str, dict[str, float]]]:
    plain, tools = [text for text in texts if text.plain], compressors()
    found = {}
    for text in tqdm(plain, desc="compressors", disable=None, leave=False):
        cost = costs[text.name]
        size = cost.bits_per_utf8_byte * text.utf8 / 8
        own = {
            "bytes": size,
            "bits_per_character": cost.bits_per_character,
            "bits_per_utf8_byte": cost.bits_per_utf8_byte,
        }
        found[text.name] = {name: own, **compress_text(text.text, tools)}
    return found


def _ask_prompts(
    model: Path, prompts: Sequence[Prompt], options: Options, found: dict[str, Any]
) -> None:
    """Ask the fixed questions as a follower, and put the replies into `found`."""
    with Service(model, options.account, options.asking) as service:
        samples = [_sample(service.ask(*prompt.turns)) for prompt in prompts]
    found["samples"] = [asdict(sample) for sample in samples]
    found["dialogue"] = measure_replies(prompts, samples)


def _measure_service(model: Path, options: Options, found: dict[str, Any]) -> None:
    """Ask everything that the service is asked, and put figures and replies into `found`."""
    prompts = read_prompts(options.prompts)
    _ask_prompts(model, prompts, options, found)
    measured = measure_service(
        model, options.account, options.asking, questions=options.questions, books=options.books
    )
    replies = [Sample(**one) for one in found["samples"]] + list(map(_sample, measured.replies))
    more = [Prompt(reply.turns, ()) for reply in measured.replies]
    found["replies"] = [asdict(one) for one in replies]
    found["dialogue"] = measure_replies([*prompts, *more], replies)
    found["service"] = as_records(measured.figures)
    found["times"] = time_records(measured.figures)


def _sample(reply: Reply) -> Sample:
    by = f"{reply.by}, {reply.wording}"
    return Sample(BETWEEN_TURNS.join(reply.turns), reply.body or reply.text, reply.ended, by)


def _bar(total: int, name: str, unit: str) -> tqdm[Any]:
    """Return a progress bar that shows on a terminal only."""
    return tqdm(total=total, desc=name, unit=unit, unit_scale=True, disable=None, leave=False)
