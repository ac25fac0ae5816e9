import { describe, expect, it } from 'vitest';
import { startGoogleSimulator } from '../simulators/google/index.ts';
import { startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { anchorAt } from '../soak/dates.ts';
import { googleWriter } from '../soak/google-writer.ts';
import { microsoftWriter } from '../soak/microsoft-writer.ts';
import type { Account } from '../soak/model.ts';
import { emptyCalendar, operate } from '../soak/operations.ts';
import { createRandom } from '../soak/random.ts';
import { soak } from '../soak/run.ts';

// The whole of it, for as long as one likes, is `npm run soak`: see docs/testing.md.

describe('I4: whatever happens, when it goes quiet the store equals the providers, field by field', () => {
  it.each([1, 2])('seed %i of the model run', { timeout: 180_000 }, async (seed) => {
    const { tally, differences } = await soak({
      seed,
      goesOn: () => false,
      stepsPerRound: 110,
      outageSeconds: 5,
      say: () => undefined,
    });
    expect(differences).toEqual([]);
    expect(tally.total('operations')).toBeGreaterThan(50);
    expect(tally.total('faults')).toBeGreaterThan(3);
    expect(tally.total('crashes')).toBeGreaterThan(1);
    expect(tally.total('comparisons')).toBeGreaterThan(1000);
  });
});

describe('the model run itself', () => {
  it('the same seed does the same things, so that a failure can be repeated', async () => {
    const [first, second] = [await edits(7), await edits(7)];
    expect(first.done).toEqual(second.done);
    expect(first.truth).toEqual(second.truth);
    expect((await edits(8)).done).not.toEqual(first.done);
  });

  it('splits series under the ids that Google makes', async () => {
    const [google = []] = (await edits(7)).truth;
    expect(google.some(({ recurringEventId }) => /_R\d{8}/.test(String(recurringEventId)))).toBe(true);
  });
});

/** What a seed does in two calendars, and what is in them then. */
async function edits(seed: number) {
  const now = () => new Date('2026-11-23T09:00:00Z');
  const [google, microsoft] = await Promise.all([
    startGoogleSimulator({ now }),
    startMicrosoftSimulator({ now }),
  ]);
  const anchor = anchorAt(now());
  const writers = { google: googleWriter(google, anchor), microsoft: microsoftWriter(microsoft, anchor) };
  google.addUser({ email: 'g@soak.example' });
  const { calendarId } = microsoft.addUser({ email: 'm@soak.example', name: 'M', oid });
  const accounts = [
    account('google', 'g@soak.example', 'g@soak.example'),
    account('microsoft', 'm@soak.example', calendarId),
  ];
  const random = createRandom(seed);
  let ids = 0;
  const newId = () => `soak${String((ids += 1)).padStart(6, '0')}`;
  const done = Array.from({ length: 300 }, () => {
    const one = random.pick(accounts);
    return operate(random, writers[one.provider], one, newId);
  });
  const range = [new Date('2026-10-01T00:00:00Z'), new Date('2027-06-01T00:00:00Z')] as const;
  const truth = [
    google.truth('g@soak.example', 'primary', ...range),
    microsoft.truth('m@soak.example', 'default', ...range),
  ];
  await Promise.all([google.close(), microsoft.close()]);
  return { done, truth };
}

const oid = '5b9ad27c-21ae-4b4f-9f43-0a4c1b0c8f11';

function account(provider: Account['provider'], email: string, calendarId: string): Account {
  const calendars = new Map([[calendarId, emptyCalendar(calendarId, true)]]);
  return { provider, userId: email, email, calendars, connectionIds: new Set(), attemptIds: [] };
}
