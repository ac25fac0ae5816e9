import type { Consent } from '../test/support/api-client.ts';
import { until } from '../test/support/until.ts';

/** Somebody at the settings page: what their browser sends, with the cookie that it was given. */
export interface Visitor {
  /** Throws where the page's server refuses, with its words. */
  call(method: string, path: string, body?: object): Promise<Fields>;
  /** Through the provider's consent page and back, to the end of the attempt. */
  connect(provider: string, consent: Consent, connectionId?: string): Promise<Fields>;
}

export type Fields = Record<string, unknown>;

/** Signs in as somebody. */
export async function visit(settingsUrl: string, userId: string): Promise<Visitor> {
  const { origin } = new URL(settingsUrl);
  const signedIn = await fetch(`${origin}/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin },
    body: new URLSearchParams({ userId }),
  });
  const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
  const call: Visitor['call'] = async (method, path, body) => {
    const answer = await fetch(`${origin}/api${path}`, {
      method,
      headers: { origin, cookie, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the settings page answered ${answer.status}: ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Fields);
  };
  return {
    call,
    async connect(provider, consent, connectionId) {
      const started = await call(
        'POST',
        `/connect/${provider}`,
        connectionId === undefined ? {} : { connectionId },
      );
      const landed = await consent(String(started['authorizationUrl']));
      await fetch(landed, { redirect: 'manual', headers: { cookie } });
      return until(async () => {
        const attempt = await call('GET', '/attempt');
        return ['connected', 'failed'].includes(String(attempt['status'])) && attempt;
      });
    },
  };
}
