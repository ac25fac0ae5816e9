import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, configVariables, readConfig } from '../../src/config.ts';

const key = `${'k'.repeat(43)}=`;
const enough = {
  INTAKE_API_KEYS: 'a-key-of-the-main-app',
  MONGODB_URI: 'mongodb://localhost:27017/calendar-sync?replicaSet=rs0',
  REDIS_URL: 'redis://localhost:6379',
  CREDENTIAL_KEYS: key,
};

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('needs little, and the rest has defaults', () => {
    const config = readConfig(enough);
    expect(config).toMatchObject({
      http: { host: '127.0.0.1', port: 4000, apiKeys: ['a-key-of-the-main-app'] },
      redirectUris: ['http://localhost:3000/settings'],
      google: undefined,
      microsoft: undefined,
      admin: undefined,
      sync: { intervalMs: 300_000, window: { pastDays: 30, futureDays: 180 }, detail: 'full' },
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('a provider is on where it has client id and secret, at the public addresses unless others are given', () => {
    const env = { ...enough, GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret' };
    expect(readConfig(env).google?.calendarUrl).toBe('https://www.googleapis.com/calendar/v3');
    const other = readConfig({ ...env, GOOGLE_CALENDAR_URL: 'http://127.0.0.1:9/calendar/v3/' });
    expect(other.google?.calendarUrl).toBe('http://127.0.0.1:9/calendar/v3');
    expect(other.microsoft).toBeUndefined();
  });

  it('reports every problem at once, each with the name of the variable and what it wants', () => {
    const problems = problemsOf({
      ...enough,
      INTAKE_API_KEYS: 'short',
      MONGODB_URI: 'postgres://x',
      CREDENTIAL_KEYS: 'nonsense',
      PORT: '4000x',
      SYNC_FUTURE_DAYS: '0',
      EVENT_DETAIL: 'some',
      OAUTH_REDIRECT_URIS: 'ftp://x',
    });
    const named = [
      'PORT',
      'INTAKE_API_KEYS',
      'MONGODB_URI',
      'CREDENTIAL_KEYS',
      'OAUTH_REDIRECT_URIS',
      'SYNC_FUTURE_DAYS',
      'EVENT_DETAIL',
    ];
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(named);
    expect(problems.find((problem) => problem.startsWith('PORT'))).toBe(
      'PORT must be a whole number from 0 to 65535',
    );
  });

  it('takes a webhook with its secrets, over https and not in the local network unless that is allowed', () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const webhook = { ...enough, WEBHOOK_URL: 'https://app.example.com/hooks', WEBHOOK_SECRETS: secret };
    expect(readConfig(webhook).webhook).toEqual({
      url: 'https://app.example.com/hooks',
      secrets: [secret],
      allowPrivateAddresses: false,
    });
    expect(readConfig(enough).webhook).toBeUndefined();
    const local = { ...webhook, WEBHOOK_URL: 'http://10.0.0.7/hooks' };
    expect(problemsOf(local)).toEqual([
      'WEBHOOK_URL must be https unless WEBHOOK_ALLOW_PRIVATE_ADDRESSES is true',
      'WEBHOOK_URL leads into the local network, which WEBHOOK_ALLOW_PRIVATE_ADDRESSES has to allow',
    ]);
    expect(problemsOf({ ...local, WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true' })).toEqual([]);
    expect(problemsOf({ ...webhook, WEBHOOK_URL: 'https://user:word@app.example.com/' })).toEqual([
      'WEBHOOK_URL must hold no user or password',
    ]);
    expect(problemsOf({ ...webhook, WEBHOOK_SECRETS: 'whsec_c2hvcnQ=' })).toHaveLength(1);
  });

  it('names what is missing', () => {
    const named = problemsOf({}).map((problem) => problem.split(' ')[0]);
    expect(named).toEqual(['INTAKE_API_KEYS', 'MONGODB_URI', 'REDIS_URL', 'CREDENTIAL_KEYS']);
    expect(problemsOf({ ...enough, GOOGLE_CLIENT_ID: 'id' })).toEqual([
      'GOOGLE_CLIENT_SECRET is required beside GOOGLE_CLIENT_ID',
    ]);
    expect(problemsOf({ ...enough, MICROSOFT_CLIENT_SECRET: 's' })).toEqual([
      'MICROSOFT_CLIENT_ID is required beside MICROSOFT_CLIENT_SECRET',
    ]);
  });

  it('an empty value counts as absent', () => {
    expect(readConfig({ ...enough, PORT: ' ', GOOGLE_CLIENT_ID: '' })).toMatchObject({
      http: { port: 4000 },
    });
  });

  it('I9: a problem never shows the value', () => {
    const secret = 'value-that-is-secret';
    const env = Object.fromEntries(configVariables.map((name) => [name, secret]));
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(problemsOf(env).join('\n')).not.toContain(secret);
  });

  it('.env.example documents every variable, in the same order', () => {
    const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map((match) => match[1]);
    expect(documented).toEqual(configVariables);
  });
});
