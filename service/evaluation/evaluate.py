"""`signalfeed evaluate`: how well feeds find what readers want, beside plain rankers."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.evaluation.options import (
    AsJson,
    Ask,
    Folder,
    Jobs,
    Negatives,
    PageLength,
    ParamsFiles,
    Scheduler,
    Seed,
    baselines_for,
    log_of,
    protocol_of,
    variants,
    watched,
)
from service.terminal import can_be_written, err, failing_plainly, out, print_json, say

if TYPE_CHECKING:  # these take scikit-learn with them, which costs seconds that `--help` need not wait for
    from ranking.evaluation.leaks import LeakCheck
    from ranking.evaluation.log import Log
    from ranking.evaluation.trials import Protocol

_CUTOFFS = (5, 10, 20)  # places at which recall is looked at, besides the page


def evaluate(
    folder: Folder = None,
    protocol: Annotated[
        list[Ask] | None,
        typer.Option(help="How to ask; may be given again. By default replay, and impressions where there are any."),
    ] = None,
    params: ParamsFiles = None,
    at: PageLength = 10,
    negatives: Negatives = 100,
    seed: Seed = 0,
    html: Annotated[Path | None, typer.Option(help="Write the whole report to this file, as one page.")] = None,
    as_json: AsJson = False,
    jobs: Jobs = -1,
    scheduler: Scheduler = None,
) -> None:
    """Measure how well feeds find what readers want, beside plain rankers.

    What readers said is gone through in time: rank, measure, then learn. Every figure has a 95 % interval over readers,
    and what is compared is compared on the same questions.
    """
    from ranking.evaluation.comparison import compare  # noqa: PLC0415 -- see TYPE_CHECKING above
    from ranking.evaluation.leaks import check_for_leaks  # noqa: PLC0415
    from ranking.evaluation.outcomes import outcomes  # noqa: PLC0415
    from service.evaluation.page import report_page  # noqa: PLC0415
    from service.evaluation.run import Run  # noqa: PLC0415
    from service.evaluation.terminal import print_reports  # noqa: PLC0415
    from service.evaluation.workers import workers  # noqa: PLC0415

    if html is not None:
        can_be_written(html)
    with failing_plainly(), workers(jobs, scheduler) as spread:
        log, notes = log_of(folder)
        ours = variants(params)
        rankers = [*ours, *baselines_for(log)]
        titles = {event.id: event.title for event in log.events}
        cutoffs = tuple(dict.fromkeys((at, *_CUTOFFS)))
        reports = []
        for asked in protocol or _usual(log):

            def ask(known: "Log", asked: Ask = asked) -> "Protocol":
                return protocol_of(asked, known, ours[0].params, negatives, seed)

            questions = ask(log)
            told = [*watched(asked.value, outcomes(questions, rankers, cutoffs, spread), len(questions.slices))]
            reports.append(compare(asked.value, [one.name for one in rankers], told, titles))
            if questions.n_trials and asked in {Ask.REPLAY, Ask.IMPRESSIONS}:
                notes.append(_said_of_leaks(asked, check_for_leaks(log, ask, told, rankers, cutoffs)))
        run = Run.of(folder, params, seed, notes)
        if html is not None:
            html.write_text(report_page(reports, run), encoding="utf-8")
            say(err, f"The report is in {html}")
        if as_json:
            print_json({"run": run, "reports": reports})
        else:
            print_reports(out, reports, run)


def _usual(log: "Log") -> list[Ask]:
    return [*([Ask.REPLAY] if log.feedback else []), *([Ask.IMPRESSIONS] if log.impressions else [])]


def _said_of_leaks(asked: Ask, check: "LeakCheck") -> str:
    if check.leaking:
        return f"{asked}: the future leaks into {', '.join(check.leaking)}; such figures are worth nothing."
    return f"{asked}: no leak. {check.n_compared} orders are the same where the log ends at the moment of asking."
