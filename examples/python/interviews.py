"""Books interviews over HTTP, and shows and cancels them: docs/interviews.md says what these calls promise. Needs nothing
but Python.

    python interviews.py put application-4711 < interview.json
    python interviews.py show application-4711
    python interviews.py cancel application-4711

interview.json is the body of PUT /v1/interviews/{interviewId}. Needs CALENDAR_SYNC_URL and INTAKE_API_KEY.
"""

import argparse
import json
import os
import sys
import time
from typing import Any, Optional
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

Interview = dict[str, Any]

PASSING = (429, 502, 503, 504)
PATIENCE_SECONDS = 20


class Refused(Exception):
    """The service says no, and would say so again. `problem` has its code, a hint and, of a stale revision, the current
    one."""

    def __init__(self, problem: dict[str, Any]):
        super().__init__(f"{problem['code']}: {problem.get('detail', problem['title'])} {problem['hint']}")
        self.problem = problem


class Interviews:
    """Each call may be repeated: that is what the id of your own is for. So what passes is tried again in here."""

    def __init__(self, url: str, api_key: str, tries: int = 4):
        self._url = url.rstrip("/")
        self._api_key = api_key
        self._tries = tries

    @classmethod
    def from_environment(cls) -> "Interviews":
        return cls(os.environ["CALENDAR_SYNC_URL"], os.environ["INTAKE_API_KEY"])

    def put(self, interview_id: str, wish: dict[str, Any], if_revision: Optional[int] = None) -> Interview:
        """Books it, or changes it. Send what your database holds: what people have changed in the calendar stays, where
        the wish says the same as the one before. `if_revision`: you have seen that revision, and all of the wish counts."""
        headers = None if if_revision is None else {"If-Match": f'"{if_revision}"'}
        return self._call("PUT", interview_id, wish, headers=headers)

    def show(self, interview_id: str, user_id: Optional[str] = None) -> Interview:
        """`user_id`: that of your session, where the id came from outside; somebody else's interview is refused then."""
        query = None if user_id is None else {"userId": user_id}
        return self._call("GET", interview_id, query=query)

    def cancel(self, interview_id: str, message: Optional[str] = None) -> Interview:
        body = None if message is None else {"message": message}
        return self._call("DELETE", interview_id, body)

    def _call(
        self,
        method: str,
        interview_id: str,
        body: Optional[dict[str, Any]] = None,
        headers: Optional[dict[str, str]] = None,
        query: Optional[dict[str, str]] = None,
    ) -> Interview:
        url = f"{self._url}/v1/interviews/{quote(interview_id, safe='')}"
        request = Request(
            f"{url}?{urlencode(query)}" if query else url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._api_key}",
                **({} if body is None else {"Content-Type": "application/json"}),
                **(headers or {}),
            },
        )
        for tried in range(1, self._tries + 1):
            try:
                with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                    return json.load(answer)
            except HTTPError as error:
                if error.code not in PASSING or tried == self._tries:
                    raise _refusal(error) from error
                after = error.headers.get("Retry-After", "")
                wait = int(after) if after.isdigit() else tried
            except (URLError, TimeoutError, ConnectionError):
                if tried == self._tries:
                    raise
                wait = tried
            time.sleep(wait)
        raise AssertionError("unreachable")


def _refusal(error: HTTPError) -> Exception:
    """What is no problem document comes from somebody in between."""
    is_ours = error.headers.get_content_type() == "application/problem+json"
    return Refused(json.load(error)) if is_ours else error


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Books, shows or cancels an interview, and prints it.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("put", "show", "cancel"):
        command = commands.add_parser(name)
        command.add_argument("interview_id")
        if name == "put":
            command.add_argument("--if-revision", type=int)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    interviews = Interviews.from_environment()
    try:
        if given.command == "put":
            interview = interviews.put(given.interview_id, json.load(sys.stdin), given.if_revision)
        elif given.command == "show":
            interview = interviews.show(given.interview_id)
        else:
            interview = interviews.cancel(given.interview_id)
    except Refused as refusal:
        sys.exit(str(refusal))
    print(json.dumps(interview, indent=2))


if __name__ == "__main__":
    main()
