"""A FastAPI back end that hands its callbacks and sync requests to Calendar Sync over the queues.

    uvicorn app:app
"""

from contextlib import asynccontextmanager
from typing import Annotated, AsyncIterator, Literal

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel

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
