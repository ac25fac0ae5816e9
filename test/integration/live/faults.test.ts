import { describe, expect, it } from 'vitest';
import type { LiveAnswer } from '../../../src/domain/live-busy.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { faultKinds, type FaultKind } from '../../simulators/fault-kinds.ts';
import { appointment } from '../../support/calendar-contents.ts';
import { newUser } from '../../support/connected-user.ts';
import { busyIn, codeIn, liveAsker } from '../../support/live-asker.ts';
import { after, hour, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();
const { ask, subjectOf } = liveAsker(workers);

/** Where a fault strikes: the request for a token, the one for busy times, the one for entries. */
const places = {
  token: { google: '^/token$', microsoft: '/oauth2/v2.0/token$' },
  times: { google: '/freeBusy$', microsoft: '/getSchedule$' },
  events: { google: '/events$', microsoft: '/calendarView$' },
} as const;

/** Those that only end with our patience. */
const hangs: ReadonlySet<string> = new Set<FaultKind>(['stall', 'stall-body', 'withhold']);
/** Late, and whole. */
const isHarmless = (kind: FaultKind): boolean => kind === 'slow';

/** What is told: busy times, or a failure and nothing beside it. */
function outcomeOf(answer: LiveAnswer | undefined): string[] | 'failure' {
  return Object.keys(answer ?? {}).join() === 'failure' ? 'failure' : busyIn(answer);
}

const busyAt = (hours: number): string =>
  `${after(hours * hour).toISOString()}/${after((hours + 1) * hour).toISOString()}`;

describe.each(providerIds)('asking %s on a bad day', (id) => {
  describe.each(['token', 'times', 'events'] as const)('that befalls the request for its %s', (place) => {
    it.each(Object.keys(faultKinds) as FaultKind[])(
      'I7: %s makes the answer a failure, and never busy times with something missing',
      async (kind) => {
        const vendor = workers.vendors[id];
        const user = await newUser(workers, vendor);
        await workers.sync(user.connectionId);
        vendor.put(user.email, user.calendarId, appointment('Since the last sync', 3));
        const subject = await subjectOf(user);
        const question = { needsDetail: place === 'events', withinMs: hangs.has(kind) ? 400 : 10_000 };
        if (place === 'token') workers.clock = after(2 * hour);
        vendor.simulator.fault({ match: { path: places[place][id] }, times: 99, action: faultKinds[kind] });
        const answer = (await ask([subject], question)).get(subject.calendarId);
        expect(outcomeOf(answer)).toEqual(isHarmless(kind) ? [busyAt(3)] : 'failure');
        expect(hangs.has(kind) ? codeIn(answer) : 'not_answered_in_time').toBe('not_answered_in_time');
        vendor.simulator.clearFaults();
        const mended = await ask([subject], { ...question, withinMs: 10_000 });
        expect(busyIn(mended.get(subject.calendarId))).toEqual([busyAt(3)]);
      },
    );
  });
});
