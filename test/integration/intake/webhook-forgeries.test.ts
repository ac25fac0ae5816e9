import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { webhookPaths } from '../../../src/domain/webhook-paths.ts';
import type { MadeWatch } from '../../support/watches.ts';
import {
  googleMessage,
  graphBatch,
  graphItem,
  lifecycleItem,
  type WebhookCall,
} from '../../support/webhook-calls.ts';
import { watchedIntake } from './watched-intake.ts';

const { intake, watched, post, answerOf, everything, touchedOf, countedDuring } = watchedIntake();

type Case = [string, string, (own: MadeWatch, foreign: MadeWatch) => WebhookCall];

const google: Case[] = [
  ['a replayed number', 'google replayed', (own) => googleMessage(own, { 'X-Goog-Message-Number': '3' })],
  ['a wrong token', 'google forged', (own) => googleMessage(own, { 'X-Goog-Channel-Token': 'x'.repeat(43) })],
  ['another resource', 'google forged', (own) => googleMessage(own, { 'X-Goog-Resource-ID': 'another' })],
  [
    'another user’s channel with one’s own token',
    'google forged',
    (own, foreign) => googleMessage(foreign, { 'X-Goog-Channel-Token': own.secret }),
  ],
  [
    'an unknown channel',
    'google unknown',
    (own) => googleMessage(own, { 'X-Goog-Channel-ID': 'f'.repeat(24) }),
  ],
  ['no token', 'google malformed', (own) => googleMessage(own, { 'X-Goog-Channel-Token': undefined })],
  [
    'a channel that is no id',
    'google malformed',
    (own) => googleMessage(own, { 'X-Goog-Channel-ID': '$ne' }),
  ],
  ['no number', 'google malformed', (own) => googleMessage(own, { 'X-Goog-Message-Number': '7e9' })],
  ['an unknown state', 'google malformed', (own) => googleMessage(own, { 'X-Goog-Resource-State': 'maybe' })],
];
const microsoft: Case[] = [
  [
    'a wrong secret',
    'microsoft forged',
    (own) => graphBatch([graphItem(own, { clientState: `${own.id}.${'x'.repeat(43)}` })]),
  ],
  [
    'another subscription',
    'microsoft forged',
    (own) => graphBatch([graphItem(own, { subscriptionId: 'another' })]),
  ],
  [
    'another user’s watch with one’s own secret',
    'microsoft forged',
    (own, foreign) => graphBatch([graphItem(own, { clientState: `${foreign.id}.${own.secret}` })]),
  ],
  [
    'an unknown watch',
    'microsoft unknown',
    (own) => graphBatch([graphItem(own, { clientState: `${'f'.repeat(24)}.${own.secret}` })]),
  ],
  [
    'no client state',
    'microsoft malformed',
    (own) => graphBatch([graphItem(own, { clientState: undefined })]),
  ],
  [
    'a client state that is no text',
    'microsoft malformed',
    (own) => graphBatch([graphItem(own, { clientState: { $ne: null } })]),
  ],
  ['an unknown lifecycle event', 'microsoft malformed', (own) => graphBatch([lifecycleItem(own, 'other')])],
  [
    'JSON that ends early',
    'microsoft malformed',
    (own) => ({ ...graphBatch([graphItem(own)]), body: '{"value":[' }),
  ],
  ['no list', 'microsoft malformed', (own) => ({ ...graphBatch([graphItem(own)]), body: '{"value":{}}' })],
  ['no body', 'microsoft malformed', () => ({ path: webhookPaths.microsoft, headers: {} })],
];

describe('what is not genuine', () => {
  it.each([
    ...google.map((row) => ['google', ...row] as const),
    ...microsoft.map((row) => ['microsoft', ...row] as const),
  ])(
    'of %s: %s is answered like a genuine one, counted, and changes nothing',
    async (provider, _, verdict, callOf) => {
      const own = await watched(provider);
      const foreign = await watched(provider);
      const genuine = provider === 'google' ? googleMessage(own.watch) : graphBatch([graphItem(own.watch)]);
      const expected = await answerOf(await post(genuine));
      const before = await everything();
      const counted = await countedDuring(async () => {
        const call = callOf(own.watch, foreign.watch);
        expect(await answerOf(await post(call))).toEqual(expected);
      });
      expect(counted).toEqual({ [verdict]: 1 });
      expect(await everything()).toEqual(before);
    },
  );

  it('google trap 17: the secret of one provider’s watch is none of the other’s', async () => {
    const { watch } = await watched('microsoft');
    const before = await everything();
    const counted = await countedDuring(() => post(googleMessage(watch, { 'X-Goog-Resource-ID': 'r' })));
    expect(counted).toEqual({ 'google forged': 1 });
    expect(await everything()).toEqual(before);
  });

  it.each([
    ['Google', 5 * 1024, async () => googleMessage((await watched('google')).watch)],
    ['Microsoft', 1024 * 1024 + 1, async () => graphBatch([graphItem((await watched('microsoft')).watch)])],
  ])('a body of %s that is too large is refused, and nothing happens', async (_, size, callOf) => {
    const call = await callOf();
    const before = await everything();
    const body = (call.body ?? '').padEnd(size, ' ');
    expect(await statusOf({ ...call, body }, { 'Content-Length': String(size) })).toBe(413);
    expect(await statusOf({ ...call, body }, { 'Transfer-Encoding': 'chunked' })).toBe(413);
    expect(await everything()).toEqual(before);
  });

  it('a batch of half a megabyte is taken whole', async () => {
    const { connection, watch } = await watched('microsoft');
    const unknown = graphItem(watch, { clientState: `${'f'.repeat(24)}.x` });
    const items = [...Array.from({ length: 1200 }, () => unknown), graphItem(watch)];
    const counted = await countedDuring(async () => expect((await post(graphBatch(items))).status).toBe(202));
    expect(counted).toEqual({ 'microsoft unknown': 1200, 'microsoft accepted': 1 });
    expect(await touchedOf(connection)).toEqual(['*']);
  });

  it('I9: no secret is in the log', async () => {
    const { watch } = await watched('google');
    await post(googleMessage(watch));
    await post(googleMessage(watch, { 'X-Goog-Channel-ID': 'f'.repeat(24) }));
    expect(intake.logged.join('')).toContain(watch.id);
    expect(intake.logged.join('')).not.toContain(watch.secret);
  });
});

/** On a connection of its own: the server ends it, because it does not read on. */
async function statusOf(
  { path, headers, body }: WebhookCall,
  more: Record<string, string>,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const options = { method: 'POST', headers: { ...headers, ...more }, agent: false } as const;
  const call = request(`${intake.api.url}${path}`, options, ({ statusCode }) => resolve(statusCode));
  call.on('error', reject).end(body);
  return promise.finally(() => call.destroy());
}
