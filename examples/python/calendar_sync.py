"""Puts jobs on the queues of Calendar Sync. The contract is docs/job-contract.md; nothing else of the service is needed.

Prefer HTTP for callbacks where you can: POST /v1/callback/{provider} records the code in MongoDB before it answers,
whereas a job that Redis loses before a worker took it is gone.
"""

import os
from typing import Literal, Optional

from bullmq import Queue
from cryptography.fernet import Fernet, MultiFernet
from redis.asyncio import Redis, from_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

Provider = Literal["google", "microsoft"]


class CalendarSync:
    """One for each process, for as long as it lives. Use it as an async context manager, or close it yourself."""

    def __init__(self, redis_url: str, credential_keys: list[str], prefix: str = "calendar-sync"):
        # bullmq's own connection retries for minutes while Redis is away; a request can't wait that long.
        retry = Retry(ExponentialBackoff(cap=0.5, base=0.05), 3)
        self._redis: Redis = from_url(
            redis_url, decode_responses=True, retry=retry, socket_timeout=5, socket_connect_timeout=2
        )
        self._connect = Queue("connect", {"connection": self._redis, "prefix": prefix})
        self._sync = Queue("sync", {"connection": self._redis, "prefix": prefix})
        # The first key seals, all of them open: the same rule as CREDENTIAL_KEYS of the service.
        self._fernet = MultiFernet([Fernet(key) for key in credential_keys])

    @classmethod
    def from_environment(cls) -> "CalendarSync":
        """REDIS_URL, CREDENTIAL_KEYS and QUEUE_PREFIX, with the meaning that they have for the service."""
        keys = [key.strip() for key in os.environ["CREDENTIAL_KEYS"].split(",") if key.strip()]
        return cls(os.environ["REDIS_URL"], keys, os.environ.get("QUEUE_PREFIX") or "calendar-sync")

    async def complete_authorization(
        self, user_id: str, provider: Provider, state: str, code: str, request_id: Optional[str] = None
    ) -> str:
        """Hands over what the browser brought back to the redirect URI. Gives the job's id; how it went is told by
        GET /v1/attempts/{id} with the attemptId that POST /v1/connect/{provider} answered.

        `user_id` is the user of the session, never one out of the request: the service compares it with the user for
        whom the authorization was started.
        """
        payload = {
            "v": 1,
            "provider": provider,
            "userId": user_id,
            "state": self.seal(state),
            "code": self.seal(code),
        }
        job = await self._connect.add("accept-callback", payload | _tagged(request_id))
        return job.id

    async def sync_now(self, connection_id: str, request_id: Optional[str] = None) -> str:
        """Asks for a sync. Any number of calls lead to at most one running and one waiting sync; gives the id of the
        job that will do it."""
        payload = {"v": 1, "connectionId": connection_id}
        deduplication = {"id": f"sync-connection-{connection_id}", "keepLastIfActive": True}
        job = await self._sync.add(
            "sync-connection", payload | _tagged(request_id), {"deduplication": deduplication}
        )
        return job.id

    def seal(self, plain: str) -> str:
        """A Fernet token: AES-128-CBC with HMAC-SHA256 under a 256-bit key."""
        return self._fernet.encrypt(plain.encode()).decode()

    async def close(self) -> None:
        await self._redis.aclose()

    async def __aenter__(self) -> "CalendarSync":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _tagged(request_id: Optional[str]) -> dict[str, str]:
    """The request id follows the work through the logs of the service."""
    return {} if request_id is None else {"requestId": request_id}
