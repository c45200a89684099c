"""A made-up telecom company: a world whose truth is known, told as the files of four systems."""
