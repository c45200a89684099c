"""Run the command line with ``python -m streams.cli``: the same as ``churnstream``."""

from streams.cli.main import main

main()
