/** What the user decides at the consent page. */
export interface Consent {
  email: string;
  /** What the user or the tenant's administrator lets through; everything asked for unless given. */
  grant?: string[];
  deny?: boolean;
}

/** What a browser does at the consent page, without one: follows the form and stops at the redirect to the app. */
export async function browserConsent(
  authorizationUrl: string,
  { email, grant, deny = false }: Consent,
): Promise<URL> {
  const page = await fetch(authorizationUrl, { redirect: 'manual' });
  // A request that is refused outright goes back to the app before anybody sees a page.
  if (page.status === 302) return redirectTarget(page);
  const text = await page.text();
  if (!page.ok) throw new Error(`Microsoft shows an error page: ${errorOn(text)}`);

  const form = new URLSearchParams({ email, decision: deny ? 'cancel' : 'accept' });
  if (grant) form.set('scope', grant.join(' '));
  const decided = await fetch(authorizationUrl, { method: 'POST', body: form, redirect: 'manual' });
  if (decided.status === 302) return redirectTarget(decided);
  throw new Error(`Microsoft shows an error page: ${errorOn(await decided.text())}`);
}

function redirectTarget(response: Response): URL {
  return new URL(response.headers.get('location') ?? '');
}

function errorOn(page: string): string {
  return /AADSTS\d+:[^<]*/.exec(page)?.[0] ?? 'no AADSTS code on it';
}
