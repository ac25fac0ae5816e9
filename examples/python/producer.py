"""The producer on the command line. Needs REDIS_URL and CREDENTIAL_KEYS, and QUEUE_PREFIX where it isn't the default.

    python producer.py sync-now CONNECTION_ID
    python producer.py complete-authorization USER_ID google < callback.json

callback.json is {"state": "…", "code": "…"}. They come on standard input because anybody on the machine can read the
arguments of a process.
"""

import argparse
import asyncio
import json
import sys

from calendar_sync import CalendarSync


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Puts a job on a queue of Calendar Sync and prints its id.")
    commands = parser.add_subparsers(dest="command", required=True)
    sync = commands.add_parser("sync-now")
    sync.add_argument("connection_id")
    callback = commands.add_parser("complete-authorization")
    callback.add_argument("user_id")
    callback.add_argument("provider", choices=["google", "microsoft"])
    for command in (sync, callback):
        command.add_argument("--request-id")
    return parser.parse_args()


async def main() -> None:
    given = arguments()
    async with CalendarSync.from_environment() as calendars:
        if given.command == "sync-now":
            print(await calendars.sync_now(given.connection_id, given.request_id))
        else:
            callback = json.load(sys.stdin)
            job_id = await calendars.complete_authorization(
                given.user_id, given.provider, callback["state"], callback["code"], given.request_id
            )
            print(job_id)


asyncio.run(main())
