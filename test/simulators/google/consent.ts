import { CONSENT_PATH } from './consent-page.ts';

/** What the user does on the consent page. */
export interface Consent {
  email: string;
  /** The scopes to leave ticked, by the names that the request uses or Google's long ones; all of them if left out. */
  grant?: string[];
  deny?: boolean;
}

/**
 * Does what a browser and its user would do: opens the authorization URL, chooses the account, ticks, and gives the
 * address that the app's redirect URI would be called with. Every check of the pages applies.
 * @throws Error with the provider's code where the browser would not come back.
 */
export async function giveConsent(authUrl: string | URL, consent: Consent): Promise<URL> {
  const url = new URL(authUrl);
  const opened = await fetch(url, { redirect: 'manual' });
  const returned = redirectOf(opened);
  // Straight back: prompt=none, or all of it allowed earlier to the account of the login hint.
  if (returned) return drained(opened, returned);
  await readPage(opened);

  const form = new URLSearchParams({ request: url.search.slice(1), email: consent.email });
  const chosen = await send(url, form);
  const known = redirectOf(chosen);
  if (known) return drained(chosen, known);
  await readPage(chosen);

  const asked = (url.searchParams.get('scope') ?? '').split(' ');
  for (const scope of consent.grant ?? asked) form.append('scope', scope);
  form.set('decision', consent.deny ? 'deny' : 'allow');
  const decided = await send(url, form);
  const target = redirectOf(decided);
  if (!target) throw new Error(`the consent page did not lead back to the app: ${await readPage(decided)}`);
  return drained(decided, target);
}

function send(authUrl: URL, form: URLSearchParams): Promise<Response> {
  return fetch(new URL(CONSENT_PATH, authUrl), { method: 'POST', body: form, redirect: 'manual' });
}

function redirectOf(response: Response): URL | undefined {
  const location = response.headers.get('location');
  return location === null ? undefined : new URL(location);
}

async function drained(response: Response, target: URL): Promise<URL> {
  await response.body?.cancel();
  return target;
}

/** @throws Error for an error page. */
async function readPage(response: Response): Promise<string> {
  const page = await response.text();
  if (response.ok) return page;
  const [, code = 'unknown'] = /<code>([a-z_]+)<\/code>/.exec(page) ?? [];
  throw new Error(`the provider shows an error page: ${code} (${response.status})`);
}
