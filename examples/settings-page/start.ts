import { serve } from '@hono/node-server';
import type { Server } from 'node:http';
import { createApp } from './app.ts';
import { createCalendarSync } from './calendar-sync.ts';
import { followChanges } from './live.ts';
import type { Person } from './people.ts';

export interface SettingsPageOptions {
  readonly calendarSyncUrl: string;
  readonly apiKey: string;
  readonly people: readonly Person[];
  readonly port: number;
  /** As browsers see it, where a proxy stands in front. */
  readonly settingsUrl?: string;
}

export interface SettingsPage {
  readonly settingsUrl: string;
  close(): Promise<void>;
}

/** Resolves when it listens, on this machine only; rejects where the port is taken. */
export async function startSettingsPage(options: SettingsPageOptions): Promise<SettingsPage> {
  const { calendarSyncUrl, apiKey, people, port } = options;
  const settingsUrl = options.settingsUrl ?? `http://localhost:${port}/settings`;
  const calendarSync = createCalendarSync({ url: calendarSyncUrl, apiKey });
  const live = followChanges(calendarSync);
  const app = createApp({ calendarSync, people, settingsUrl, live });
  try {
    const server = await listen(app.fetch, port);
    return { settingsUrl, close: () => close(server, live) };
  } catch (error) {
    await live.close();
    throw error;
  }
}

function listen(fetch: ReturnType<typeof createApp>['fetch'], port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: '127.0.0.1' }, () => resolve(server)) as Server;
    server.once('error', reject);
  });
}

async function close(server: Server, live: { close(): Promise<void> }): Promise<void> {
  await live.close();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
