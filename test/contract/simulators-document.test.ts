import { readFileSync } from 'node:fs';

import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Alone, parseSeed, startAlone } from '../simulators/alone.ts';
import { controlRoutes } from '../simulators/control.ts';
import { faultKinds } from '../simulators/fault-kinds.ts';
import { PLAIN_BEHAVIOUR } from '../simulators/google/behaviour.ts';
import { controlRoutes as googleRoutes } from '../simulators/google/control-routes.ts';
import { PLAIN_PUSH } from '../simulators/google/push.ts';
import { writeControlRoutes } from '../simulators/google/write-control-routes.ts';
import { createBehaviours } from '../simulators/microsoft/behaviours.ts';
import { controlRoutes as microsoftRoutes } from '../simulators/microsoft/control-routes.ts';
import { authorizationUrl, calendarReader, connect as connectGoogle } from '../support/simulated-google.ts';
import {
  authorizationUrl as microsoftUrl,
  connect as connectMicrosoft,
  graphClient,
  readRound,
} from './microsoft-simulator-client.ts';

const page = readFileSync(new URL('../../docs/simulators.md', import.meta.url), 'utf8');

interface Example {
  method: string;
  origin: string;
  path: string;
  body: string | undefined;
}

const examples = [
  ...page.matchAll(
    /^curl(?: -X (?<method>\w+))? "?\$(?<origin>[A-Z]+)\/_control(?<path>[^\s"]+)"?(?: -d '(?<body>.*)')?$/gm,
  ),
].map(({ groups = {} }): Example => {
  const { method, origin = '', path = '', body } = groups;
  return { method: method ?? (body === undefined ? 'GET' : 'POST'), origin, path, body };
});

/** Ids that only a running simulator gives are written as variables. */
const isWhole = ({ path }: Example) => !path.includes('$');

describe('docs/simulators.md', () => {
  let simulators: Alone;

  beforeAll(async () => {
    simulators = await startAlone();
  });

  afterAll(() => simulators.close());

  const section = (heading: string) => (page.split(`### ${heading}\n`)[1] ?? '').split('\n### ')[0] ?? '';

  it.each([
    ['Both', () => controlRoutes({} as never)],
    ['Google', (): Hono => googleRoutes({} as never).route('/', writeControlRoutes({} as never))],
    ['Microsoft', () => microsoftRoutes({} as never)],
  ])('shows every control route of: %s', (heading, routesOf) => {
    const served = new Set(routesOf().routes.map(({ method, path }) => `${method} ${path}`));
    const shown = examples.filter(({ path }) => section(heading).includes(`/_control${path}`));
    const matching = [...served].filter((route) => shown.some((example) => isOf(example, route)));
    expect(matching).toEqual([...served]);
    const astray = shown.filter((example) => ![...served].some((route) => isOf(example, route)));
    expect(astray).toEqual([]);
  });

  it('has examples that work, in their order', async () => {
    const origins = { GOOGLE: simulators.google.url, MICROSOFT: simulators.microsoft.url };
    const urls = {
      GOOGLE: authorizationUrl(simulators.google).href,
      MICROSOFT: microsoftUrl(simulators.microsoft),
    };
    const refused: string[] = [];
    const read: number[] = [];
    for (const example of examples.filter(isWhole)) {
      const { method, origin, path, body } = example;
      if (endsAnEvent(example)) read.push(await readers[origin as keyof typeof readers](simulators));
      const target = `${origins[origin as keyof typeof origins]}/_control${path}`;
      const text = body?.replace('$AUTHORIZATION_URL', urls[origin as keyof typeof urls]);
      const answer = await fetch(target, { method, ...(text ? { body: text } : {}) });
      if (!answer.ok) refused.push(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    }
    expect(refused).toEqual([]);
    expect(examples.length).toBeGreaterThan(50);
    expect(read.every((count) => count > 0)).toBe(true);
    expect(violationsOf(simulators)).toEqual([]);
  });

  it('has a seed that works', async () => {
    const [, json = ''] = /```json\n([^`]+)```/.exec(page) ?? [];
    const seeded = await startAlone({ seed: parseSeed(json) });
    const truth = seeded.google.truth(
      'ada@example.com',
      'primary',
      new Date('2026-03-23'),
      new Date('2026-03-28'),
    );
    await readers.GOOGLE(seeded);
    await seeded.close();
    expect(truth.map(({ summary }) => summary)).toEqual(Array<string>(5).fill('Stand-up'));
    expect(violationsOf(seeded)).toEqual([]);
  });

  it('tells the default of each behaviour of Microsoft', () => {
    const rows = [...section('Microsoft').matchAll(/^\| `(\w+\.\w+)` \| ([^|]+) \| [^|]{10,} \|$/gm)];
    const told = rows.map(([, name, value = '']) => [name, value.replaceAll('`', '')]);
    const real = Object.entries(createBehaviours({})).flatMap(([group, members]) =>
      Object.entries(members as object).map(([member, value]) => [`${group}.${member}`, String(value)]),
    );
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(real));
    expect(told).toHaveLength(real.length);
  });

  it('names every ready-made kind of fault, every behaviour of Google and every way of a push message', () => {
    const named = new Set([...page.matchAll(/`([\w-]+)`/g)].map(([, name]) => name));
    const missing = [faultKinds, PLAIN_BEHAVIOUR, PLAIN_PUSH]
      .flatMap(Object.keys)
      .filter((name) => !named.has(name));
    expect(missing).toEqual([]);
  });
});

const violationsOf = ({ google, microsoft }: Alone) => [...google.violations(), ...microsoft.violations()];

/** What an app would be answered of the events that were made up, which the contract judges. Gives how many they are. */
const readers = {
  GOOGLE: async ({ google }: Alone): Promise<number> => {
    google.clearFaults();
    const { access_token: token = '' } = await connectGoogle(google, { email: 'ada@example.com' });
    return (await calendarReader(google, token).all({ showDeleted: 'true' })).items.length;
  },
  MICROSOFT: async ({ microsoft }: Alone): Promise<number> => {
    const { access_token: token } = await connectMicrosoft(microsoft, 'grace@example.com');
    const window = 'startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z';
    return (await readRound(graphClient(microsoft, token), `/me/calendarView/delta?${window}`)).items.length;
  },
};

const endsAnEvent = ({ method, path }: Example) =>
  path.endsWith('/events/remove') || (method === 'DELETE' && path.includes('/events'));

function isOf({ method, path }: Example, route: string): boolean {
  const [servedMethod, servedPath = ''] = route.split(' ');
  const pattern = new RegExp(`^${servedPath.replaceAll(/:\w+/g, '[^/]+')}$`);
  return method === servedMethod && pattern.test(path.split('?')[0] ?? '');
}
