"""How the careful path of the codec stops: an exception that never leaves the codec."""

from schemas.reject import RejectReason


class Refusal(Exception):  # noqa: N818 - no error of the program: the record is refused
    """The record is refused for `reason`; `detail` names field and reason, never payload text."""

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
