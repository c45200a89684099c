"""The shell around the detectors: Kafka, files, the command line."""

import os

# The models' matrices are small: threads of BLAS would only wait for each other, up to fifty times
# longer where processes share the cores. NumPy reads this when it is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
