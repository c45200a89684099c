"""The sampler gives a sample to the innermost listed place."""

import time
from functools import partial

from benchmarks.sampling import REST, Sampler

HERE = "benchmarks/test_sampling.py"
ENOUGH = 3


def _burn(sampler: Sampler) -> None:
    deadline = time.process_time() + 5.0
    while sampler.samples.total() < ENOUGH and time.process_time() < deadline:
        sum(range(1000))


def _outer(sampler: Sampler) -> None:
    _burn(sampler)


def test_a_sample_goes_to_the_innermost_listed_function() -> None:
    with Sampler({f"{HERE}:_burn": "inner", f"{HERE}:_outer": "outer"}) as sampler:
        _outer(sampler)
    assert sampler.samples["inner"] >= ENOUGH
    assert sampler.samples["outer"] == 0


def test_what_an_unlisted_function_uses_counts_for_its_caller() -> None:
    with Sampler({f"{HERE}:_outer": "outer"}) as sampler:
        _outer(sampler)
    assert sampler.samples["outer"] >= ENOUGH


def test_what_no_place_fits_is_the_rest() -> None:
    with Sampler({}) as sampler:
        partial(_burn, sampler)()
    assert sampler.shares() == {REST: 1.0}
