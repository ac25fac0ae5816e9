import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { html } from 'hono/html';
import type { ApiClient } from '../test/support/api-client.ts';

/**
 * The smallest main app that there can be, at the redirect URI: it asks for an authorization URL, sends the browser
 * there, and hands over what the browser brings back. A real one knows who is signed in and keeps the state with their
 * session; this one has a single user.
 */
const userId = 'user-you';

export interface MainApp {
  /** The settings page, which is the redirect URI. */
  readonly settingsUrl: string;
  /** From here on the page works. */
  use(api: ApiClient): void;
  close(): Promise<void>;
}

/** Listens on port 3000, the default redirect URI's, or on a free one where that is taken. */
export async function startMainApp(): Promise<MainApp> {
  let api: ApiClient | undefined;
  const app = new Hono();
  const providers = new Map<string, string>();

  app.get('/connect/:provider{google|microsoft}', async (c) => {
    const provider = c.req.param('provider');
    const answer = await api?.post(`/v1/connect/${provider}`, { userId, redirectUri: settingsUrl });
    if (answer?.status !== 200) return c.text(`intake answered ${answer?.status ?? 'not yet'}`, 502);
    providers.set(String(answer.body.state), provider);
    return c.redirect(String(answer.body.authorizationUrl));
  });
  app.get('/settings', async (c) => {
    const { state, code, error } = c.req.query();
    if (state !== undefined) {
      const outcome = error === undefined ? { code } : { error };
      await api?.post(`/v1/callback/${providers.get(state) ?? 'google'}`, { userId, state, ...outcome });
      return c.redirect('/settings');
    }
    const answer = await api?.get(`/v1/users/${userId}/connections`);
    return c.html(page(answer?.body.connections ?? []));
  });

  const { server, port } = (await listen(app, 3000)) ?? (await listen(app, 0)) ?? nowhere();
  const settingsUrl = `http://localhost:${port}/settings`;
  return {
    settingsUrl,
    use: (client) => {
      api = client;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Undefined where the port is taken. */
function listen(
  app: Hono,
  wanted: number,
): Promise<{ server: ReturnType<typeof serve>; port: number } | undefined> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port: wanted, hostname: '127.0.0.1' }, ({ port }) =>
      resolve({ server, port }),
    );
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
  });
}

function nowhere(): never {
  throw new Error('no port is free for the main app');
}

interface ShownConnection {
  readonly provider: string;
  readonly email: string;
  readonly status: string;
  readonly lastSyncedAt?: string;
}

function page(connections: readonly ShownConnection[]) {
  const row = ({ provider, email, status, lastSyncedAt }: ShownConnection) =>
    html`<li>
      <strong>${provider}</strong> ${email}: ${status},
      ${lastSyncedAt ? `synced at ${lastSyncedAt}` : 'not synced yet'}
    </li>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta http-equiv="refresh" content="3" />
        <title>Settings: calendars</title>
        <style>
          :root {
            color-scheme: light dark;
            font:
              1rem/1.5 system-ui,
              sans-serif;
          }
          body {
            max-width: 40rem;
            margin: 3rem auto;
            padding: 0 1rem;
          }
          a {
            margin-right: 1rem;
          }
        </style>
      </head>
      <body>
        <h1>Your calendars</h1>
        <p>
          <a href="/connect/google">Connect Google Calendar</a>
          <a href="/connect/microsoft">Connect Outlook</a>
        </p>
        <ul>
          ${connections.length === 0 ? html`<li>None is connected yet.</li>` : connections.map(row)}
        </ul>
      </body>
    </html>`;
}
