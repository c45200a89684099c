"""The detectors over files, without a broker."""
