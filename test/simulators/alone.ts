import { z } from 'zod';

import { type GoogleSimulator, startGoogleSimulator } from './google/index.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from './microsoft/index.ts';

/** What both hold from the start: calls of their control interfaces, made in order. */
export type Seed = z.output<typeof seedSchema>;

const callSchema = z.strictObject({
  /** Below `/_control`. */
  path: z.string().startsWith('/'),
  method: z.string().default('POST'),
  body: z.unknown().optional(),
});

const seedSchema = z.strictObject({
  google: z.array(callSchema).default([]),
  microsoft: z.array(callSchema).default([]),
});

export interface AloneOptions {
  /** Free ones unless given. */
  googlePort?: number | undefined;
  microsoftPort?: number | undefined;
  redirectUris?: string[] | undefined;
  seed?: Seed | undefined;
}

export interface Alone {
  google: GoogleSimulator;
  microsoft: MicrosoftSimulator;
  /** Lines for an `.env` file. */
  env: string[];
  close(): Promise<void>;
}

/** @throws Error that says in words what does not fit. */
export function parseSeed(text: string): Seed {
  const parsed = seedSchema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error(`the seed does not fit:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Both providers, for whoever develops against them; push addresses on this machine may be http. */
export async function startAlone(options: AloneOptions = {}): Promise<Alone> {
  const { redirectUris } = options;
  const given = redirectUris === undefined ? {} : { redirectUris };
  await using started = new AsyncDisposableStack();
  const google = await startGoogleSimulator({
    ...given,
    port: options.googlePort ?? 0,
    push: { allowHttpLoopback: true },
  });
  started.defer(() => google.close());
  const microsoft = await startMicrosoftSimulator({
    ...given,
    port: options.microsoftPort ?? 0,
    notifications: { allowHttpLoopback: true },
  });
  started.defer(() => microsoft.close());
  await plant(google.url, options.seed?.google ?? []);
  await plant(microsoft.url, options.seed?.microsoft ?? []);

  const closing = started.move();
  const variables = { ...google.env, ...microsoft.env, ...redirectVariable(redirectUris) };
  return {
    google,
    microsoft,
    env: Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    close: () => closing.disposeAsync(),
  };
}

function redirectVariable(redirectUris: string[] | undefined): Record<string, string> {
  return redirectUris === undefined ? {} : { OAUTH_REDIRECT_URIS: redirectUris.join(',') };
}

async function plant(origin: string, calls: Seed['google']): Promise<void> {
  for (const { method, path, body } of calls) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await fetch(`${origin}/_control${path}`, { method, ...(text ? { body: text } : {}) });
    if (!answer.ok)
      throw new Error(`the seed's ${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
    await answer.body?.cancel();
  }
}
