"""Settings: the rule's parameters in each table. They are the defaults but where it is said and why."""

from dataclasses import fields, replace

from ranking.params import Params

DEFAULTS = Params()
# What orders by relevance alone.
PURE = replace(DEFAULTS, diversity=0.0, near_duplicate=2.0)
UNTIMED = replace(PURE, press_half_life=1e9)
SPARSE = replace(UNTIMED, alike_fewest_readers=1)
CONTENT = replace(UNTIMED, alike_weight=0.0)
AGELESS = replace(PURE, freshness_points=0.0, popularity_points=0.0)
AGELESS_CONTENT = replace(AGELESS, alike_weight=0.0)
UNFOLDED = replace(DEFAULTS, near_duplicate=2.0)
WORDS = replace(UNFOLDED, latent_share=0.0)
UNAGED = replace(DEFAULTS, press_half_life=1e9)

# What `signalfeed tune` asks a log about: how the prior is mixed, and how much each block counts.
PRIOR = {
    "freshness_points": (2.0, 4.0, 8.0),
    "freshness_half_life_hours": (1.0, 6.0),
    "popularity_points": (1.0, 4.0),
    "popularity_half_life_hours": (3.0,),
}
BLOCKS = {"source_weight": (0.5, 0.7, 1.0), "language_weight": (0.0, 0.3), "noise": (1.0, 10.0)}

_TUNED = "was fitted by `ranking.evaluation.tuning` on the half of the readers that the table does not show"
_WHY = {
    "alike_fewest_readers": "keeps readers from seeing what one other pressed; of the papers of CiteULike, where three "
    "are known of each reader, most have one reader or none",
    "freshness_half_life_hours": _TUNED,
    "popularity_half_life_hours": _TUNED,
    "source_weight": _TUNED,
    "language_weight": _TUNED,
    "noise": _TUNED,
    "diversity": "spreads a page over stories, at the price of the accuracy that is asked about here",
    "near_duplicate": "folds repeats under one event; here every event has to stand for itself",
    "press_half_life": "ages presses by their order, which a random split or a data set without times has not kept; "
    "in the table of drift, the row that shows what ageing does",
    "freshness_points": f"at 0: orders by age, and so answers a question that is about text; else it {_TUNED}",
    "popularity_points": f"at 0: carries age, since what is pressed now is new; else it {_TUNED}",
    "alike_weight": "learns from other readers; without it a row is from content alone",
    "latent_share": "without it, the plain TF-IDF cosine that the figure stands beside",
}


def differing(params: Params) -> dict[str, tuple[float, float]]:
    """The parameters that are not as by default: for each the value, and the default."""
    both = ((one.name, getattr(params, one.name), getattr(DEFAULTS, one.name)) for one in fields(Params))
    return {name: (value, default) for name, value, default in both if value != default}


def why(name: str) -> str:
    """Why a parameter is not as by default in some rows."""
    return _WHY[name]
