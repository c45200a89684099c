"""The contracts: one file for each topic's payload, the envelope, the codec and the catalogue.

Nothing in here decides anything about customers; it only says what may be written on a topic and
what was read from it. `schemas.codec` is the entrance: bytes in, `Decoded` or `Rejected` out.
"""
