"""Makes aiokafka heed an error that answers a whole request for committed offsets.

From version 2 of the request a coordinator that is loading, or is none any more, answers with one
error and no partitions. aiokafka 0.14 looks at the partitions alone, finds none, and takes it that
nothing was ever committed: the group would begin anew at the start of every topic.
"""

from typing import Any

from aiokafka.errors import NotCoordinatorForGroupError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest


def heed_offset_errors(coordinator: Any) -> None:
    """Let ``coordinator`` (aiokafka's, of a group) raise such an error; it repeats what it can."""
    send = coordinator._send_req

    async def send_and_heed(request: Any) -> Any:
        response = await send(request)
        if isinstance(request, OffsetFetchRequest):
            code = getattr(response, "error_code", 0)
            if code:
                error = for_code(code)
                if error is NotCoordinatorForGroupError:
                    coordinator.coordinator_dead()
                raise error()
        return response

    coordinator._send_req = send_and_heed
