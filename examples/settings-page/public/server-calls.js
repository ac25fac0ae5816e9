/** What this page's server answers when it will not; `message` is for the user. */
export class Refusal extends Error {
  constructor({ code, title, detail, hint }) {
    super([detail ?? title, hint].filter(Boolean).join(' '));
    this.name = 'Refusal';
    this.code = code;
  }
}

/** Resolves to the JSON of the answer, or to nothing where there is none. Who is signed out is sent to sign in. */
export async function call(method, path, body) {
  const answer = await fetch(`/api${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => undefined);
  if (answer === undefined)
    throw new Refusal({ title: 'The server does not answer.', hint: 'Try again in a moment.' });
  if (answer.status === 401) location.assign('/sign-in');
  const read = answer.status === 204 ? undefined : await answer.json();
  if (!answer.ok) throw new Refusal(read);
  return read;
}

/** Calls `hear` with each thing that happened, and with `{type: 'everything'}` when some may have been missed. */
export function listen(hear) {
  const source = new EventSource('/api/live');
  let before = false;
  source.addEventListener('message', ({ data }) => {
    const told = JSON.parse(data);
    if (told.type !== 'hello') hear(told);
    else if (before) hear({ type: 'everything' });
    before = true;
  });
  addEventListener('pagehide', () => source.close());
}
