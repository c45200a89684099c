"""A whole backtest with baselines, and its report."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from detectors.policy import Business
from streams.backtest import packages
from streams.backtest.curves import worth
from streams.backtest.measures import OWN
from streams.backtest.moments import Cutoffs
from streams.backtest.packages import BaselinesMissingError, check_installed
from streams.backtest.report import report_of, write_report
from streams.backtest.result import Result, run_backtest
from streams.backtest.scores_file import ResultFileError
from streams.backtest.targets import ChurnTarget
from tests.streams.backtest.shop import day, policy, shop, until

VOID = {"meta", "br", "link", "img", "hr", "input"}
FIGURE = re.compile(r"<figure>(<svg.*?</svg>)", re.DOTALL)


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("shop")
    rules = policy()
    target = ChurnTarget(rules)
    return run_backtest(
        [shop(folder)], rules, target, Cutoffs(7), judged_from=None, with_baselines=True
    )


@pytest.fixture(scope="module")
def page(result: Result) -> str:
    return report_of(result)


def test_all_baselines_are_in_the_table(result: Result) -> None:
    names = [model["name"] for model in result.document["models"]]
    assert names == [
        OWN,
        "lightgbm",
        "logistic regression",
        "river sgd",
        "group rate",
        "bg/nbd",
        "recency",
    ]
    for model in result.document["models"]:
        low, high = model["auc_interval"]
        assert 0.3 < low <= model["auc"] <= high
    json.dumps(result.document, allow_nan=False)


def test_a_baseline_gives_a_probability_for_each_judged_row(result: Result) -> None:
    for model in result.models:
        assert model.score.shape == result.judged.days.shape
        assert np.isfinite(model.score).all()
        if model.is_probability:
            assert model.score.min() >= 0
            assert model.score.max() <= 1


def test_bg_nbd_is_left_out_where_churn_is_a_cancellation(tmp_path: Path) -> None:
    rules = policy(definition="cancellation")
    target = ChurnTarget(rules)
    source = shop(tmp_path, until("19970901"))
    found = run_backtest([source], rules, target, Cutoffs(7), with_baselines=True)
    assert "bg/nbd" not in [model.name for model in found.models]
    assert found.document["models"][0]["auc"] is None  # nobody ever cancels in this shop
    report_of(found)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(packages, "import_module", missing)
    with pytest.raises(BaselinesMissingError, match=r"pip install churnstream\[baselines\]"):
        check_installed()


class Balanced(HTMLParser):
    """Fails for a tag that is not closed, or closed out of turn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_report_is_well_formed(page: str) -> None:
    parser = Balanced()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<h1>") == page.count("<title>Backtest") == 1


def test_the_report_needs_no_network_and_runs_no_script(page: str) -> None:
    parser = Balanced()
    parser.feed(page)
    names = {name for name, _ in parser.attributes}
    assert not names & {"src", "href", "srcset", "action", "onload", "onclick"}
    assert "<script" not in page
    assert "://" not in page
    assert "url(" not in page
    assert "@import" not in page


def test_every_plot_has_title_description_axes_and_finite_numbers(page: str) -> None:
    figures = FIGURE.findall(page)
    assert len(figures) == 12 == page.count("<figure>")
    for figure in figures:
        svg = ElementTree.fromstring(figure)  # noqa: S314 - our own text
        assert svg.find("title") is not None
        assert svg.find("desc") is not None
        assert svg.get("role") == "img"
        assert "nan" not in figure
        assert "inf" not in figure.replace("information", "")


def test_the_cost_curve_is_that_of_the_policys_business(result: Result, page: str) -> None:
    assert "a leaver reached saves" in page  # nothing is known of the business
    business = Business(margin=0.4, contact_cost=2, save_rate=0.25)
    own = report_of(replace(result, business=business))
    assert "a leaver reached saves" not in own
    assert "a contact costs 2, and 25% of the leavers who are contacted stay" in own
    assert FIGURE.findall(own)[-1] == FIGURE.findall(page)[-1]


def test_each_point_of_the_cost_curve_is_the_plain_sum(result: Result) -> None:
    business = Business(margin=0.4, contact_cost=2, save_rate=0.25)
    judged, score = result.judged, result.models[0].score
    stake = result.outcome.scored.stake[judged.rows]
    curve = worth(score, judged.truth, stake, business)
    for place in (0, 40, 80, 100):
        chosen = score >= curve.thresholds[place]
        saved = 0.25 * stake[chosen & judged.truth].sum()
        net = (saved - 2 * chosen.sum()) / score.size * 1000
        assert curve.net[place] == pytest.approx(net)
    assert stake.max() > 0


def test_a_report_of_nothing_judged_says_so(tmp_path: Path) -> None:
    rules = policy(horizon="700d")
    source = shop(tmp_path, until("19970901"))
    found = run_backtest([source], rules, ChurnTarget(rules), Cutoffs(30))
    assert found.document["models"][0]["auc"] is None
    assert "No row could be judged" in report_of(found)


def test_a_report_that_cannot_be_written_names_the_file(result: Result, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", result)
    with pytest.raises(ResultFileError, match="name another file"):
        write_report(tmp_path / "no" / "report.html", result)


def test_no_baseline_knows_what_came_after_the_cutoff(tmp_path: Path) -> None:
    rules, first = policy(), day("1997-06-01")
    said: list[dict[tuple[str, int, str], float]] = []
    for last in ("19971101", "19970901"):
        source, target = shop(tmp_path / last, until(last)), ChurnTarget(rules)
        found = run_backtest(
            [source], rules, target, Cutoffs(7), judged_from=first, with_baselines=True
        )
        customers = [found.outcome.scored.customers[row] for row in found.judged.rows.tolist()]
        said.append(
            {
                (model.name, on, customer): score
                for model in found.models
                for on, customer, score in zip(
                    found.judged.days.tolist(), customers, model.score.tolist(), strict=True
                )
            }
        )
    longer, shorter = said
    assert len(shorter) > 1000
    # Sums over rows that are laid out otherwise may differ in the last bit.
    assert shorter == pytest.approx({key: longer[key] for key in shorter}, rel=1e-9)


def test_the_group_rate_says_the_same_of_all_customers_of_a_group(result: Result) -> None:
    rate = next(model.score for model in result.models if model.name == "group rate")
    for rows in result.judged.by_day.values():
        assert len(np.unique(rate[rows])) <= 14  # one-time or not, seven ages
    one_time = result.outcome.scored.occasions[result.judged.rows] == 1
    if one_time.any() and not one_time.all():
        leavers = result.judged.truth
        sign = leavers[one_time].mean() - leavers[~one_time].mean()
        assert (rate[one_time].mean() - rate[~one_time].mean()) * sign > 0.0
