"""`dateline eval llm`: what a language model's statements are worth, what the check makes of them, and what they cost.

By default the replies of SmolLM2-135M-Instruct are replayed, recorded once with whether the quotes bear each of their
sentences out: the measure of the check can so be repeated without a model. `--live` asks the model of the
settings instead; what it says nobody has judged, so its answers and their cost are measured, and not its statements.
Before them come statements that were written to be hard, about the invented articles and the five of `seeds/`.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evals.model_replies import RecordedReply, ReplayedModel, key_of, load_replies
from evals.model_set import is_learnt_from, open_model_set
from evals.progress import progress_bar
from evals.realtimeqa import holds, reply_of
from evals.run import GOLD, INVENTED, Outcome, find_articles, open_corpus, score, text_of_files
from ingest.errors import UsageError

if TYPE_CHECKING:
    from app.answer import Answer
    from app.llm.model import LanguageModel

__all__ = ["Figures", "format_figures", "main_llm", "measure_model"]

REPLIES = {name: Path(__file__).with_name(f"replies-{name}.jsonl.gz") for name in ("gold", "realtimeqa")}
RECORDED_MODEL = "SmolLM2-135M-Instruct"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set: how it is asked, and whether an answer to it is right."""

    id: str
    ask: Callable[..., Iterator[object]]
    is_right: Callable[[Answer], bool]
    answerable: bool


@dataclass(slots=True)
class Figures:
    """What was measured on a set of questions. Statements are those of replies; a share of nothing is None."""

    questions: int = 0
    answered: int = 0
    asked_model: int = 0
    worded: int = 0
    wrong_extractive: int = 0
    wrong_model: int = 0
    right_extractive: int = 0
    right_model: int = 0
    said: int = 0
    carried: int = 0  # of those said, as they were judged
    passed: int = 0
    carried_passed: int = 0
    shown: int = 0
    unsupported_shown: int = 0
    lost: dict[str, int] = field(default_factory=dict)  # of those carried that did not pass, how many for what reason
    unjudged: int = 0
    strangers: int = 0
    tokens_in: list[int] = field(default_factory=list)
    tokens_out: list[int] = field(default_factory=list)
    first_s: list[float] = field(default_factory=list)
    shown_unsupported: list[str] = field(default_factory=list)

    @property
    def unsupported_share(self) -> float | None:
        """Of the statements shown, how many their quotes do not bear out."""
        return self.unsupported_shown / self.shown if self.shown else None

    @property
    def kept_share(self) -> float | None:
        """Of the statements that their quotes bear out, how many pass the check."""
        return self.carried_passed / self.carried if self.carried else None


def main_llm(argv: Sequence[str]) -> int:
    """Run the command with the arguments after `llm`.

    Raises:
        DatelineError: the request cannot be served.
    """
    parser = argparse.ArgumentParser(prog="dateline eval llm", description=__doc__)
    parser.add_argument("--realtimeqa", type=Path, metavar="DIR", help="the news quiz: 300 answered, 300 unanswered")
    parser.add_argument("--live", action="store_true", help="ask the model of the settings, not the recording")
    parser.add_argument("--only", choices=("all", "held-out"), default="held-out",
                        help="of the quiz: all, or the half that nothing was learnt from (default)")  # fmt: skip
    parser.add_argument("--first", type=int, metavar="N", help="only so many questions of each set")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--misses", action="store_true", help="name the statements that should not have been shown")
    options = parser.parse_args(list(argv))
    told: dict[str, object] = {} if options.live else _statements(as_text=not options.json)
    for name in ("gold", *(("realtimeqa",) if options.realtimeqa else ())):
        replies = load_replies(REPLIES[name])
        model: LanguageModel = _configured() if options.live else ReplayedModel(RECORDED_MODEL, replies)
        held_out = options.only == "held-out" and name == "realtimeqa" and not options.live
        questions = _gold() if name == "gold" else _quiz(options.realtimeqa, held_out=held_out)
        figures = measure_model([*questions][: options.first], model, {r.id: r for r in replies})
        told[name] = {f: getattr(figures, f) for f in figures.__slots__ if not isinstance(getattr(figures, f), list)}
        if not options.json:
            print(format_figures(f"{name}{', the held-out half' if held_out else ''}", model.name, figures))  # noqa: T201
            if options.misses:
                print("\n".join(f"  shown, not borne out: {s}" for s in figures.shown_unsupported))  # noqa: T201
    if options.json:
        print(json.dumps(told, indent=1))  # noqa: T201
    return 0


def measure_model(questions: Sequence[Question], model: LanguageModel, replies: dict[str, RecordedReply]) -> Figures:
    """Ask each question without the model and with it; `replies` tell what its statements are worth."""
    from app.answer import Answer, Statement
    from app.ask import AskOptions
    from app.llm.evidence import gather

    figures = Figures()
    with progress_bar("questions", len(questions)) as bar:
        for question in questions:
            bar.update(1)
            figures.questions += 1
            (plain,) = [p for p in question.ask(model=None) if isinstance(p, Answer)]
            if not plain.abstained:
                figures.answered += 1
            if isinstance(model, ReplayedModel):
                model.turn_to(question.id, gather(plain), plain.query)
            parts = [*question.ask(model=model, options=AskOptions(unsupported="show"))]
            answer = next(p for p in parts if isinstance(p, Answer))
            passed = [p for p in parts if isinstance(p, Statement)]
            for said, wrong, right in ((plain, "wrong_extractive", "right_extractive"),
                                       (answer, "wrong_model", "right_model")):  # fmt: skip
                if not said.abstained:
                    name = right if question.is_right(said) else wrong
                    setattr(figures, name, getattr(figures, name) + 1)
            if answer.writing is not None:
                _add(figures, answer, [s.text for s in passed], replies.get(question.id))
    figures.strangers = model.strangers if isinstance(model, ReplayedModel) else 0
    return figures


def _add(figures: Figures, answer: Answer, passed: Sequence[str], reply: RecordedReply | None) -> None:
    writing = answer.writing
    assert writing is not None
    figures.asked_model += 1
    figures.worded += writing.fell_back is None
    figures.tokens_in += [writing.tokens_in] if writing.tokens_in is not None else []
    figures.tokens_out += [writing.tokens_out] if writing.tokens_out is not None else []
    first = reply.first_s if reply is not None and passed else writing.first_statement_s
    figures.first_s += [first] if first is not None else []
    if reply is None:
        return
    figures.said += sum(not j.fragment for j in reply.judged.values())
    figures.carried += sum(j.is_carried for j in reply.judged.values())
    for dropped in writing.dropped:
        judged = reply.judged.get(key_of(dropped.text))
        if judged is not None and judged.is_carried:
            why = "a fact is not in what it cites" if dropped.reason.startswith("“") else dropped.reason
            figures.lost[why] = figures.lost.get(why, 0) + 1
    for text in passed:
        judged = reply.judged.get(key_of(text))
        figures.unjudged += judged is None
        carried = judged is not None and judged.is_carried
        figures.passed += 1
        figures.carried_passed += carried
        if writing.fell_back is None:
            figures.shown += 1
            figures.unsupported_shown += not carried
            figures.shown_unsupported += [] if carried else [f"{answer.question} | {text}"]


def format_figures(title: str, model: str, figures: Figures) -> str:
    """The figures as lines of text."""
    f = figures

    def share(part: int, whole: int) -> str:
        return f"{part:,} of {whole:,} ({part / whole:.1%})" if whole else "none"

    def median(values: Sequence[float], unit: str = "") -> str:
        return f"{statistics.median(values):,.4g}{unit}" if values else "not told"

    rows = [
        ("questions", f"{f.questions:,}; {f.answered:,} answered, {f.asked_model:,} given to the model"),
        ("worded by the model", share(f.worded, f.asked_model)),
        ("right, extractive", f"{f.right_extractive:,}"), ("right, with the model", f"{f.right_model:,}"),
        ("wrong, extractive", f"{f.wrong_extractive:,}"), ("wrong, with the model", f"{f.wrong_model:,}"),
        ("statements judged", f"{f.said:,}; {f.carried:,} borne out by their quotes"),
        ("borne out and kept", share(f.carried_passed, f.carried)),
        *((f"  not kept: {why}", f"{n:,}") for why, n in sorted(f.lost.items(), key=lambda w: -w[1])),
        ("shown and not borne out", share(f.unsupported_shown, f.shown)),
        ("tokens in, median", median(f.tokens_in)), ("tokens out, median", median(f.tokens_out)),
        ("first word of the model, median", median(f.first_s, " s")),
    ]  # fmt: skip
    if f.unjudged:
        rows.append(("shown or kept, judged by nobody", f"{f.unjudged:,}"))
    if f.strangers:
        rows.append(("not in the recording", f"{f.strangers:,}: the quotes are others now, record them again"))
    width = max(len(name) for name, _ in rows)
    return "\n".join([f"{title}: {model}", *(f"  {name:<{width}}  {value}" for name, value in rows)])


def _statements(*, as_text: bool) -> dict[str, object]:
    from app.ask import open_archive
    from app.llm.entailment import entailment_network
    from evals.statements import format_statements, load_statements, measure_statements

    seeds, invented = (open_archive(open_corpus(at).index) for at in (find_articles(), INVENTED))
    measured = measure_statements(
        load_statements(), lambda source: seeds if source.startswith("seeds/") else invented, entailment_network()
    )
    if as_text:
        print(format_statements(measured))  # noqa: T201
    passed = [w.carried for w, is_passed in measured if is_passed]
    return {"statements": {"n": len(measured), "carried": sum(w.carried for w, _ in measured),
                           "passed": len(passed), "carried_passed": sum(passed)}}  # fmt: skip


def _configured() -> LanguageModel:
    from app.llm.connect import connect, read_address
    from app.settings import load_settings

    settings = load_settings()
    if settings.llm is None:
        raise UsageError("no language model is set: set DATELINE_LLM to the address of one")
    return connect(read_address(settings.llm), settings.llm_model, settings.llm_key, timeout_s=settings.llm_timeout)


def _gold() -> Iterator[Question]:
    from app.ask import ask_stream, open_archive
    from evals.gold import load_gold

    seeds, invented = open_corpus(find_articles()), open_corpus(INVENTED)
    stores = {"seeds": open_archive(seeds.index), "invented": open_archive(invented.index)}
    for case in load_gold(GOLD, seeds.source_text, invented=text_of_files(INVENTED)):
        store = stores[case.articles]

        def ask(case=case, store=store, **how: object):  # type: ignore[no-untyped-def]
            return ask_stream(case.question, history=case.history, store=store, as_of=case.as_of, **how)  # type: ignore[arg-type]

        def is_right(answer: Answer, case=case, store=store) -> bool:  # type: ignore[no-untyped-def]
            return score(Outcome(case, answer, None, 0.0), store.source_text, ks=(1,)).as_expected

        yield Question(case.id, ask, is_right, case.answerable)


def _quiz(folder: Path, *, held_out: bool) -> Iterator[Question]:
    from app.ask import ask_stream

    quiz = open_model_set(folder, told=lambda _: None)
    for sought in (*quiz.answerable, *quiz.absent):
        asked = sought.question
        if held_out and is_learnt_from(asked.id):
            continue

        def ask(asked=asked, **how: object):  # type: ignore[no-untyped-def]
            return ask_stream(asked.question, store=quiz.news.store, as_of=asked.day, **how)  # type: ignore[arg-type]

        def is_right(answer: Answer, sought=sought) -> bool:  # type: ignore[no-untyped-def]
            reply = reply_of(answer)
            return sought.group == "answerable" and holds(sought.answers, reply.short, reply.first)

        yield Question(asked.id, ask, is_right, sought.group == "answerable")
