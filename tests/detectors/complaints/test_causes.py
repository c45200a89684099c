"""Causes from text: keyword sets first, then what stated causes have taught (D12)."""

import json
from itertools import chain

import pytest
from river.naive_bayes import MultinomialNB

from benchmarks.causes.data import read_causes, read_complaints
from benchmarks.causes.measure import prequential
from detectors.complaints.causes.classifier import (
    MOST_TOKENS,
    UNRECOGNISED,
    WEIGHT,
    model_of,
    seeded,
    with_counts,
)
from detectors.complaints.causes.keywords import (
    KNOWN,
    KeywordsError,
    default_keywords,
    joined,
    read_keywords,
)
from detectors.complaints.causes.learner import MOST_WORDS, CauseLearner
from detectors.complaints.causes.tokens import LONGEST_TEXT, hashed, pack, unpack, words_of
from detectors.complaints.causes.trust import Trust
from detectors.policy import Policy

POLICY = Policy().complaints
KEYWORDS = default_keywords()


def words_in(text: str) -> list[int]:
    return KEYWORDS.tokens_of(text, MOST_TOKENS)


@pytest.mark.parametrize(
    ("text", "cause", "words"),
    [
        ("My account manager left and nobody took over!", "staff_turnover", "account manager left"),
        ("A competitor made me a better offer", "competitor_offer", "competitor"),
        ("The parcel arrived late, the courier was lost", "channel_or_market", "courier"),
        ("You PROMISED a rebate and lied", "broken_promise", "promised"),
        ("There is a typo and the wrong address", "neglected_detail", "typo"),
        ("It is not suitable, I need more", "unmet_need", "not suitable"),
        ("The router is broken, it doesn’t work", "product_defect", "doesn't work"),
        ("Rude people; no answer for days", "poor_service", "rude"),
        ("Too expensive, and hidden fees", "marketing_mix", "hidden fee"),
        ("Only excuses and red tape", "culture", "red tape"),
        ("I was discriminated as a small customer", "unequal_treatment", "small customer"),
        ("We moved and my shop went bankrupt", "circumstance", "bankrupt"),
        ("客户经理离职了，没人接手", "staff_turnover", "没人接手"),
        ("路由器坏了，老是断网", "product_defect", "断网"),
        ("客服态度差，电话没人接", "poor_service", "态度差"),
        ("说话不算数，承诺的返利没有兑现", "broken_promise", "返利"),
        ("太贵了，手续费又涨价", "marketing_mix", "手续费"),
        ("大客户优先，歧视小客户", "unequal_treatment", "歧视"),
    ],
)
def test_before_anything_is_learned_the_keyword_sets_speak(
    text: str, cause: str, words: str
) -> None:
    found = model_of(None, POLICY.keyword_weight).recognise(words_in(text), POLICY.cause_confidence)
    assert found.cause == cause
    assert POLICY.cause_confidence <= found.confidence <= 1
    assert words in found.words
    assert len(found.words) <= 5


@pytest.mark.parametrize("text", ["😡😡😡 💔", "", "!!! ??? 12345", "XXXX XX XXXX", "zzyzx qwrtp"])
def test_a_text_without_a_known_word_says_nothing(text: str) -> None:
    model = model_of(None, POLICY.keyword_weight)
    assert model.recognise(words_in(text), 0.0) == UNRECOGNISED


def test_thin_evidence_is_unknown_and_shows_no_words() -> None:
    model = model_of(None, POLICY.keyword_weight)
    words = words_in("expensive but also rude and broken and bankrupt, a typo, promised")
    sure, unsure = model.recognise(words, 0.0), model.recognise(words, 0.9)
    assert sure.cause in KNOWN
    assert (unsure.cause, unsure.words) == ("unknown", ())
    assert unsure.confidence == sure.confidence < 0.9


def test_evidence_is_made_of_keywords_only_never_of_other_words_of_the_text() -> None:
    learner = CauseLearner(POLICY.keyword_weight)
    text = "Zaphod Beeblebrox of Betelgeuse says the clerk was rude"
    for _ in range(50):
        learner.learn(words_in(text), "poor_service")
    model = model_of(learner.snapshot(), POLICY.keyword_weight)
    found = model.recognise(words_in(text), POLICY.cause_confidence)
    assert found.words == ("rude",)
    assert set(chain(*[found.words])) <= set(KEYWORDS.spelled.values())
    assert "aphod" not in json.dumps(learner.snapshot())


def test_a_stated_cause_teaches_words_that_no_set_holds() -> None:
    learner, text = CauseLearner(POLICY.keyword_weight), "the blue frobnicator sings at night"
    before = model_of(learner.snapshot(), POLICY.keyword_weight)
    assert before.recognise(words_in(text), POLICY.cause_confidence).cause == "unknown"
    for _ in range(5):
        learner.learn(words_in(text), "product_defect")
    after = model_of(learner.snapshot(), POLICY.keyword_weight)
    assert after.recognise(words_in(text), POLICY.cause_confidence).cause == "product_defect"
    assert learner.complaints == 5


def test_unknown_and_empty_complaints_teach_nothing() -> None:
    learner = CauseLearner(POLICY.keyword_weight)
    learner.learn(words_in("broken"), "unknown")
    learner.learn([], "culture")
    assert learner.complaints == 0
    assert learner.snapshot() == CauseLearner(POLICY.keyword_weight).snapshot()


def test_what_stands_still_says_what_rivers_classifier_says() -> None:
    learner = CauseLearner(POLICY.keyword_weight)
    for text, cause in read_complaints()[:40]:
        learner.learn(words_in(text), cause)
    river = seeded(KEYWORDS, POLICY.keyword_weight)
    for text, cause in read_complaints()[:40]:
        river.learn_one(dict.fromkeys(words_in(text), 1), cause)
    for cause in KNOWN:
        river.class_counts[cause] += 0
    model = model_of(learner.snapshot(), POLICY.keyword_weight)
    scale, _ = learner.snapshot()["trust"]
    for text, _ in read_complaints()[40:60]:
        words = [word for word in words_in(text) if word in river.feature_counts]
        said = river.predict_proba_one(dict.fromkeys(words, min(1.0, WEIGHT / len(words))))
        found = model.recognise(words, 0.0)
        assert found.cause == max(said, key=lambda cause: said[cause])
        trusted = {cause: chance**scale for cause, chance in said.items()}
        chance = trusted[found.cause] / sum(trusted.values())
        assert found.confidence == pytest.approx(chance, rel=1e-9)


def test_a_probability_means_what_it_says_once_a_few_causes_were_stated() -> None:
    learner = CauseLearner(POLICY.keyword_weight)
    said: list[tuple[float, bool]] = []
    for number, (text, cause) in enumerate(read_complaints()[:600]):
        if number % 50 == 0:
            model = model_of(learner.snapshot(), POLICY.keyword_weight)
        found = model.recognise(words_in(text), 0.0)
        said.append((found.confidence, found.cause == cause))
        learner.learn(words_in(text), cause)
    late = said[100:]
    believed, right = (sum(column) / len(late) for column in zip(*late, strict=True))
    assert believed == pytest.approx(right, abs=0.06)


def test_a_snapshot_from_before_trust_was_learned_is_read() -> None:
    older = CauseLearner(POLICY.keyword_weight).snapshot()
    del older["trust"]
    assert CauseLearner(POLICY.keyword_weight, older).snapshot()["trust"] == list(Trust())


def test_a_snapshot_is_json_and_goes_on_to_the_same_bytes() -> None:
    complaints = [(words_in(text), cause) for text, cause in read_complaints()[:60]]
    whole, first = CauseLearner(POLICY.keyword_weight), CauseLearner(POLICY.keyword_weight)
    for words, cause in complaints[:30]:
        first.learn(words, cause)
    second = CauseLearner(POLICY.keyword_weight, json.loads(json.dumps(first.snapshot())))
    for words, cause in complaints[30:]:
        second.learn(words, cause)
    for words, cause in complaints:
        whole.learn(words, cause)
    assert json.dumps(whole.snapshot()) == json.dumps(second.snapshot())


def test_the_vocabulary_is_bounded_and_what_is_seen_often_stays() -> None:
    learner, common = CauseLearner(POLICY.keyword_weight), words_in("frobnicator")
    for number in range(90):
        fresh = [hashed(f"word {number} {place}") for place in range(MOST_TOKENS - 1)]
        learner.learn(common + fresh, "culture")
    words = learner.snapshot()["words"]
    assert len(words) <= MOST_WORDS
    assert words[f"{common[0]:x}"] == [KNOWN.index("culture"), 90]
    assert len(json.dumps(learner.snapshot())) < 500_000
    again = CauseLearner(POLICY.keyword_weight, learner.snapshot())
    assert again.snapshot() == learner.snapshot()


@pytest.mark.parametrize("snapshot", [{}, {"causes": 1}, {"causes": [], "complaints": [1]}])
def test_what_is_no_snapshot_is_refused(snapshot: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no snapshot of a cause model"):
        model_of(snapshot, 5.0)


def test_a_text_of_a_megabyte_costs_no_more_than_its_beginning() -> None:
    text = "fee " * 260_000
    assert words_of(text) == ["fee"] * (LONGEST_TEXT // 4)
    assert len(
        words_in("".join(f"word{chr(97 + n % 26)}{'a' * (n // 26)} " for n in range(400)))
    ) == (MOST_TOKENS)


def test_keywords_are_kept_before_other_words_of_a_long_text() -> None:
    filler = " ".join(f"filler{'a' * (n % 20)}{'b' * (n // 20)}" for n in range(300))
    assert hashed("rude") in words_in(filler + " rude")


def test_packed_words_come_back() -> None:
    words = words_in("The fees were too expensive; 客服态度差")
    assert unpack(pack(words)) == words
    assert len(pack(words)) == 4 * len(words)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("causes = 1", "write a table \\[causes\\]"),
        ("[causes]\nbad_luck = ['x']", "'bad_luck' is no cause"),
        ("[causes]\nculture = ['!!']", "write a list of words"),
        ("[causes", "not valid TOML"),
    ],
)
def test_a_keyword_file_that_cannot_be_is_refused(content: str, says: str) -> None:
    with pytest.raises(KeywordsError, match=says):
        read_keywords("xx.toml", content)


def test_a_keyword_of_two_causes_speaks_for_both() -> None:
    sets = joined([read_keywords("a", "[causes]\nculture = ['late']\npoor_service = ['late']")])
    assert sets.causes[hashed("late")] == ("culture", "poor_service")


def test_both_languages_have_keywords_for_every_cause() -> None:
    spelled: dict[str, set[bool]] = {}
    for token, causes in KEYWORDS.causes.items():
        for cause in causes:
            spelled.setdefault(cause, set()).add(KEYWORDS.spelled[token].isascii())
    assert spelled == {cause: {True, False} for cause in KNOWN}


def test_the_benchmarks_truth_names_causes_and_every_issue_has_one() -> None:
    assert set(read_causes().values()) <= set(KNOWN)
    assert len(read_complaints()) == 2_827


def test_on_real_complaints_the_classifier_is_ahead_of_the_keywords() -> None:
    tallies = prequential(read_complaints()[:300], POLICY, 100)
    figures = {name: tally.figures() for name, tally in tallies.items()}
    assert figures["classifier"].accuracy > figures["keywords alone"].accuracy + 0.08
    assert figures["classifier"].macro_f1 > figures["keywords alone"].macro_f1


def test_counts_are_added_to_what_a_classifier_knows() -> None:
    river = with_counts(MultinomialNB(), {"culture": 2}, {7: {"culture": 3}})
    assert river.class_counts["culture"] == 2
    assert river.class_totals["culture"] == 3
