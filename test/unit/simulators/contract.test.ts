import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  type Exchange,
  findContractFile,
  googleContract,
  graphContract,
  whyUnchecked,
} from '../../simulators/contract.ts';

describe('the contract files', () => {
  const [name, other] = ['google-calendar-v3.discovery.json', 'microsoft-graph-calendar.openapi.json'];
  let empty: string;
  let halfEmpty: string;

  beforeEach(() => {
    vi.stubEnv('CONTRACTS_DIR', undefined);
    [empty, halfEmpty] = ['none', 'some'].map((kind) =>
      mkdtempSync(join(tmpdir(), `contracts-${kind}-`)),
    ) as [string, string];
    writeFileSync(join(halfEmpty, other), '{}');
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    for (const folder of [empty, halfEmpty]) rmSync(folder, { recursive: true });
  });

  it('have to be in a folder that was named', () => {
    expect(() => findContractFile(name, empty)).toThrow(`no contract file ${join(empty, name)}`);
    expect(() => googleContract(halfEmpty)).toThrow('no contract file');
    expect(findContractFile(other, halfEmpty)).toBe(join(halfEmpty, other));
    expect(whyUnchecked(empty)).toBeUndefined();
  });

  it('have to be beside the project all together, or not at all', () => {
    expect(() => findContractFile(name, undefined, halfEmpty)).toThrow('no contract file');
    expect(whyUnchecked(undefined, halfEmpty)).toBeUndefined();
    expect(findContractFile(name, undefined, empty)).toBeUndefined();
    expect(whyUnchecked(undefined, empty)).toBe(`they are not in ${empty}`);
  });

  it('are not looked for where checks are switched off', () => {
    expect(findContractFile(name, '', halfEmpty)).toBeUndefined();
    expect(whyUnchecked('', halfEmpty)).toBe('CONTRACTS_DIR is empty');
  });
});

const google = googleContract();
describe.skipIf(!google)('the Google contract (skipped where the contract files are absent)', () => {
  const exchange = {
    method: 'GET',
    path: '/calendar/v3/calendars/primary/events',
    query: new URLSearchParams(),
    requestBody: undefined,
    status: 0,
    responseBody: undefined,
  };

  it.each([
    ['maxResults=0', 'maxResults=0 does not fit'],
    ['singleEvents=yes', 'singleEvents=yes does not fit'],
    ['timeMin=2026-03-01', 'timeMin=2026-03-01 does not fit'],
    ['orderBy=end', 'orderBy=end does not fit'],
    ['limit=1', 'unknown query parameter limit'],
    ['q=a&q=b', 'q is given 2 times'],
    ['fields=items,nextSyncTokens', 'fields names nextSyncTokens'],
    ['fields=items(id,attendees(email,organiser))', 'fields names items/attendees/organiser'],
    ['fields=items/start/dateTimes', 'fields names items/start/dateTimes'],
    ['fields=items/summary/text', 'fields names items/summary/text'],
  ])('finds fault with the query %s', (query, finding) => {
    expect(google?.check({ ...exchange, query: new URLSearchParams(query) })).toEqual([
      expect.stringContaining(finding),
    ]);
  });

  it.each(['*', 'kind,items/*', 'items(id,start(dateTime,timeZone),extendedProperties/private/ours)'])(
    'accepts the members that are chosen by %s',
    (fields) => {
      expect(google?.check({ ...exchange, query: new URLSearchParams({ fields }) })).toEqual([]);
    },
  );

  it('accepts standard and repeated parameters and leaves other paths alone', () => {
    const query = new URLSearchParams(
      'fields=items&eventTypes=default&eventTypes=focusTime&prettyPrint=false',
    );
    expect(google?.check({ ...exchange, query })).toEqual([]);
    expect(google?.check({ ...exchange, path: '/token', method: 'POST' })).toEqual([]);
    expect(google?.check({ ...exchange, path: '/calendar/v3/nothing' })).toEqual([
      'no such operation in the contract',
    ]);
  });

  it.each([
    [200, { items: [{ title: 'x' }] }, 'title'],
    [200, { items: [{ start: { dateTime: '2026-03-01T09:00:00' } }] }, 'date-time'],
    [200, { nextSyncToken: 7 }, 'string'],
    [404, { error: 'not found' }, 'object'],
    [
      404,
      { error: { code: 400, message: 'x', errors: [{ domain: 'global', reason: 'x', message: 'x' }] } },
      '404',
    ],
  ])('finds fault with the answer %i %j', (status, responseBody, finding) => {
    expect(google?.check({ ...exchange, status, responseBody })?.join()).toContain(finding);
  });

  it('checks what is written, where null clears a field', () => {
    const patch = { ...exchange, method: 'PATCH', path: `${exchange.path}/abcde` };
    expect(
      google?.check({ ...patch, requestBody: { start: { date: '2026-03-01', dateTime: null } } }),
    ).toEqual([]);
    expect(google?.check({ ...patch, requestBody: { starts: {} } })?.join()).toContain('starts');
  });
});

const graph = graphContract();
describe.skipIf(!graph)('the Graph contract (skipped where the contract files are absent)', () => {
  const exchange = {
    method: 'GET',
    path: '/v1.0/me/calendarView/delta',
    query: new URLSearchParams({
      startDateTime: '2026-03-01T00:00:00Z',
      endDateTime: '2026-04-01T00:00:00Z',
    }),
    requestBody: undefined,
    status: 0,
    responseBody: undefined,
  };
  const check = (changes: Partial<Exchange>) => graph?.check({ ...exchange, ...changes });

  it('wants the window of a first delta call, and takes the token of a later one in its place', () => {
    expect(check({})).toEqual([]);
    expect(check({ path: '/v1.0/me/calendars/AAMk=/calendarView/delta()' })).toEqual([]);
    expect(check({ query: new URLSearchParams() })).toHaveLength(2);
    expect(check({ query: new URLSearchParams({ $deltatoken: 'x' }) })).toEqual([]);
    expect(check({ query: new URLSearchParams({ $deltatoken: 'x', top: '5' }) })).toEqual([
      'unknown query parameter top',
    ]);
    expect(check({ path: '/v1.0/me/contacts' })).toEqual(['no such operation in the contract']);
  });

  it.each([
    ['/v1.0/me', '$select=id,mails', 'mails'],
    ['/v1.0/me/calendars', '$select=id,name,colour', 'colour'],
    ['/v1.0/me/calendars/AAMk=', '$select=id,colour', 'colour'],
    ['/v1.0/me/events/AAMk=', '$expand=calender($select=id)', 'calender'],
    ['/v1.0/me/events/AAMk=', '$expand=calendar($select=id,title)', 'calendar/title'],
    ['/v1.0/me/events', '$expand=attachments($top=1;$select=name,sizes)', 'attachments/sizes'],
  ])('finds names in what %s is asked for (%s) that are no properties', (path, asked, name) => {
    expect(check({ path, query: new URLSearchParams(asked) })).toEqual([
      `$select or $expand names ${name}, which is no property`,
    ]);
  });

  it.each([
    ['/v1.0/me', '$select=id,mail,userPrincipalName'],
    ['/v1.0/me/calendars', '$select=id,name,hexColor,owner'],
    ['/v1.0/me/events/AAMk=', '$select=id&$expand=calendar($select=id,name)'],
    [
      '/v1.0/me/events',
      "$expand=singleValueExtendedProperties($filter=id eq 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name x')",
    ],
  ])('accepts what %s is asked for by %s', (path, asked) => {
    expect(check({ path, query: new URLSearchParams(asked) })).toEqual([]);
  });

  it('finds members that no part of the type names, and values of the wrong kind', () => {
    const answer = (event: object) => check({ status: 200, responseBody: { value: [event] } });
    expect(
      answer({
        '@odata.etag': 'W/"x"',
        id: 'a',
        subject: 'b',
        changeKey: 'c',
        start: { dateTime: 'x', timeZone: 'UTC' },
      }),
    ).toEqual([]);
    expect(answer({ id: 'a', '@removed': { reason: 'deleted' } })).toEqual([]);
    expect(answer({ id: 'a', title: 'b' })).toEqual(['answer/value/*/title is unknown to the contract']);
    expect(answer({ id: 'a', start: { date: 'x' } })).toEqual([
      'answer/value/*/start/date is unknown to the contract',
    ]);
    expect(answer({ id: 'a', showAs: 'away' })?.join()).toContain('showAs');
    expect(check({ status: 404, responseBody: { error: 'x' } })?.join()).toContain('object');
    expect(
      check({
        method: 'POST',
        path: '/v1.0/me/events',
        query: new URLSearchParams(),
        requestBody: { subjct: 'x' },
      }),
    ).toEqual(['request/subjct is unknown to the contract']);
  });
});
