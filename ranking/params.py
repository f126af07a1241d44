"""Params: every number that can be tuned, with its unit and why it has the value it has."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, ClassVar

from ranking.event import Limits

_LEARNED = (
    "word_weight", "source_weight", "category_weight", "language_weight", "noise", "press_half_life", "own_event_share",
    "gain", "pull_floor", "learn_from_opens", "open_wish", "open_doubt", "n_because", "alike_weight", "alike_dims",
    "alike_shrink", "alike_fewest_readers", "latent_dims",
)  # fmt: skip
# Counts the changes to what terms, rows and profiles are for the same parameters; those of another are made again.
_LEARNER = 4

_Share = Annotated[float, Limits(ge=0, le=1)]
_Weight = Annotated[float, Limits(ge=0, le=100)]
_Points = Annotated[float, Limits(ge=0, le=1_000)]
_Span = Annotated[float, Limits(gt=0, le=1e9)]
_Hours = Annotated[float, Limits(ge=0.01, le=100_000)]
_Count = Annotated[int, Limits(ge=0, le=1_000_000)]
_Positive = Annotated[int, Limits(ge=1, le=1_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The tunable numbers of the ranking. The defaults were measured before they were chosen (docs/decisions)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    # Features: how much each block of an event's row counts (each block has length 1 before it is weighted).
    # Blocks were worth +0.019 nDCG@10 over text alone in time-ordered replay.
    word_weight: _Weight = 1.0
    source_weight: _Weight = 0.3
    category_weight: _Weight = 0.1
    language_weight: _Weight = 0.1

    # The block of alike readers: how much it counts, how many numbers an event has in it, how many likings it takes
    # until a row has half of its square, and how old rows may get: what readers press now is about what is new.
    alike_weight: _Weight = 2.0
    alike_dims: _Positive = 48
    alike_shrink: _Span = 3.0
    # An event that fewer readers turned up has no row: a few say little, and nobody should see what one other pressed.
    alike_fewest_readers: _Positive = 5
    alike_refresh_hours: _Hours = 1.0

    # Similar Events: how much the latent block counts beside the words themselves, and how many directions it has at
    # most; a small catalogue has fewer, an eighth of its events.
    latent_share: _Share = 0.3
    latent_dims: _Positive = 64

    # Learner. `noise` is lambda of the ridge: a single press moves a fresh event by 1/(1 + noise) of what it moves
    # its own, times their similarity. It doubles with every `press_half_life` later presses, so that tastes may drift.
    noise: _Span = 3.0
    press_half_life: _Span = 20.0  # presses
    # The share of `noise` that is taken to be about the pressed event alone: it gets this share of what the reader
    # asked at once, and the model's own opinion for the rest.
    own_event_share: _Share = 0.9
    # Points of signal per unit of y (a press of +2 asks for y = 1). With 20, one -2 takes 90 % of a story's other
    # events out of the top 20 while unrelated events move by one rank at the median.
    gain: _Points = 20.0
    ledger_cap: _Positive = 500  # presses; the oldest are forgotten, since a fit grows with the square of their number
    # The words that a press keeps of its event: the strongest ones. They hold .96 of the length of an average event of
    # the seeds, and bound what a reader takes in the store.
    terms_per_press: _Positive = 96
    # A pull that is nearer to 0 is left out of the profile; all that is left out moves an event by a few times this.
    pull_floor: _Points = 0.012  # points of signal

    # Opens teach only where this is switched on: then an open is a wish of `open_wish`, in doubt `open_doubt` times as
    # much as a press, and ages with every later open and press. Nothing is ever learned from silence.
    learn_from_opens: bool = False
    open_wish: _Share = 0.25
    open_doubt: _Span = 4.0
    opens_cap: _Count = 100

    # Prior. An event loses `freshness_points` each time (1 + age / half-life) doubles: additive and scale-free.
    freshness_points: _Points = 1.0  # points of signal
    freshness_half_life_hours: _Hours = 24.0
    # What readers turn up now is popular: so many points each time that (1 + readers) doubles, where a reader counts
    # half as much with every half-life that has passed since.
    popularity_points: _Points = 2.0  # points of signal
    popularity_half_life_hours: _Hours = 1.0
    # Time moves in steps, so that the same question within a step has the same bytes for an answer.
    clock_step_minutes: _Positive = 10

    # An event that the reader has seen makes room for others; one point is what a day's age takes from a new one.
    seen_points: _Points = 2.0  # points of signal
    history_cap: _Count = 1000  # events of which it is known what the reader did with them; the oldest are forgotten

    # Learning alone never takes an event of such a signal off the first page.
    must_see_signal: _Points = 9.0
    first_page: _Positive = 20  # places

    # Exploration: every so many places, one goes to a draw from what the reader might want; 0 switches it off. The
    # posterior is as wide as the gain (20 points), so draws use a share of its width.
    explore_every: _Count = 0  # places
    explore_spread: _Points = 0.1
    explore_shortlist: _Positive = 50  # events that a draw is made among
    explore_draws: _Positive = 200  # the propensity of a draw is a multiple of 1 / this

    # Diversity: the share of the whole scale (10 points) that an event loses for repeating one above it word for word.
    diversity: _Share = 0.2
    # The cosine from which two texts repeat each other at all; unrelated news of one field has .1 and less.
    repeat_from: _Share = 0.15
    # Cosine of texts from which an event is folded under the better-placed one; above 1 none is.
    near_duplicate: Annotated[float, Limits(ge=0, le=2)] = 0.9

    n_term_reasons: _Count = 3  # learned terms that are named one by one; the others are summed by adjustment
    n_because: _Count = 3  # adjustments that are named behind a term, and that such sums are made for

    # Statistics (idf, mean) are fitted again once this share of the catalogue has changed; until then vectors stay put.
    statistics_refresh_share: _Share = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.diversity <= 1:
            raise ValueError("diversity should be from 0 to 1")

    @property
    def version(self) -> str:
        """Names the values that rows and profiles follow from, and the learner that they are for: 12 hexadecimal
        digits. What only orders or explains may change without a refit."""
        return sha256(repr((_LEARNER, *(float(getattr(self, name)) for name in _LEARNED))).encode()).hexdigest()[:12]
