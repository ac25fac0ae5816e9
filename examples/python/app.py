"""A FastAPI back end that hands its callbacks and sync requests to Calendar Sync over the queues, and is posted what
changed. Needs WEBHOOK_SECRET (one of the service's WEBHOOK_SECRETS) beside the producer's variables.

    uvicorn app:app
"""

import os
from contextlib import asynccontextmanager
from typing import Annotated, Any, AsyncIterator, Awaitable, Callable, Literal

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from calendar_sync import CalendarSync


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with CalendarSync.from_environment() as calendars:
        app.state.calendars = calendars
        yield


app = FastAPI(lifespan=lifespan)


def calendar_sync(request: Request) -> CalendarSync:
    return request.app.state.calendars


def signed_in_user() -> str:
    """Put your own session check here (or in app.dependency_overrides). Until then nobody is signed in."""
    raise HTTPException(status_code=401, detail="not signed in")


Calendars = Annotated[CalendarSync, Depends(calendar_sync)]
User = Annotated[str, Depends(signed_in_user)]
RequestId = Annotated[str | None, Header(alias="X-Request-Id", max_length=128)]


class Callback(BaseModel):
    state: str
    code: str


@app.post("/calendars/{provider}/callback", status_code=202)
async def callback(
    provider: Literal["google", "microsoft"],
    body: Callback,
    calendars: Calendars,
    user_id: User,
    request_id: RequestId = None,
) -> dict[str, str]:
    job_id = await calendars.complete_authorization(user_id, provider, body.state, body.code, request_id)
    return {"jobId": job_id}


@app.post("/calendars/connections/{connection_id}/sync", status_code=202)
async def sync(
    connection_id: str, calendars: Calendars, user_id: User, request_id: RequestId = None
) -> dict[str, str]:
    # Whether the connection is this user's is for this app to check: GET /v1/connections/{id}?userId=… answers it.
    return {"jobId": await calendars.sync_now(connection_id, request_id)}


Change = dict[str, Any]


def change_handler() -> Callable[[Change], Awaitable[None]]:
    """Put here what a change means to you (or into app.dependency_overrides). A change may come twice: its id tells, and
    reading change["data"]["range"] once more does no harm. Leave alone the types that you do not know."""

    async def nothing(change: Change) -> None:
        pass

    return nothing


@app.post("/calendars/changes", status_code=204)
async def changed(
    request: Request, handle: Annotated[Callable[[Change], Awaitable[None]], Depends(change_handler)]
) -> None:
    try:
        # The bytes as they came: JSON that was parsed and written again is signed by nobody.
        change = Webhook(os.environ["WEBHOOK_SECRET"]).verify(await request.body(), dict(request.headers))
    except (WebhookVerificationError, ValueError):
        raise HTTPException(status_code=401, detail="not signed by Calendar Sync")
    await handle(change)
