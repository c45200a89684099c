"""What several benchmarks read from their command lines."""


def numbers(text: str) -> list[int]:
    """Whole numbers with commas between, each once, the smallest first.

    >>> numbers("1000,200,200")
    [200, 1000]
    """
    return sorted({int(number) for number in text.split(",")})
