"""The kinds of value that payload fields are made of, with the bounds that decoding checks."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from schemas.limits import MAX_ID_LENGTH, MAX_NUMBER

Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID_LENGTH)]
"""An identifier: 1 to 200 characters, no control characters."""

Label = Annotated[str, Meta(min_length=1, max_length=MAX_ID_LENGTH)]
"""A short name out of some list of the company's own: 1 to 200 characters, no control ones."""

FreeText = Annotated[str, Meta(min_length=1)]
"""Text of any length that the record's size allows."""

ShortText = Annotated[str, Meta(max_length=MAX_ID_LENGTH)]
"""Text of up to 200 characters."""

CurrencyCode = Annotated[str, Meta(min_length=3, max_length=3)]
"""An ISO 4217 code such as EUR."""

Number = Annotated[float, Meta(ge=-MAX_NUMBER, le=MAX_NUMBER)]
"""A finite number of any sign, within ±1e12."""

WholeNumber = Annotated[int, Meta(ge=-int(MAX_NUMBER), le=int(MAX_NUMBER))]
"""A whole number of any sign, within ±1e12."""

Attributes = dict[Label, ShortText | Number | WholeNumber | bool | None]
"""Free fields of the company's own: flat, name → text (≤ 200 characters), number, flag or null."""

Time = Annotated[datetime, Meta(extra_json_schema={"format": "date-time"})]
"""A moment: RFC 3339 with an offset on the wire, time-zone aware in memory, UTC when written."""

Probability = Annotated[float, Meta(ge=0, le=1)]
"""A number from 0 to 1."""

Target = Literal["silence", "cancellation", "acceptance", "level", "spend"]
"""What is predicted to happen within the horizon. Churn: no activity, or a cancellation. Upgrade:
an offer is accepted, the customer moves up the pyramid, or spends a multiple of its own baseline.
"""

Band = Literal["low", "medium", "high", "critical"]
"""How urgent a risk is, by the thresholds of the policy."""

Basis = Literal["model", "prior", "group"]
"""Where a probability comes from: a learned model, the stated rule used before one is better, or
the rate of the customer's group."""

Level = Literal["top", "large", "medium", "small", "inactive", "prospect", "suspect"]
"""Place in the customer pyramid: the first 1 %, next 4 %, next 15 % and remaining 80 % of active
customers by revenue; then those who stopped early, those who never bought, and the unqualified."""

AlertStage = Literal["raised", "updated", "resolved", "expired", "folded"]
"""Where an alert stands: new, changed materially, no longer true, run out, or explained by an
incident into which it was folded."""
