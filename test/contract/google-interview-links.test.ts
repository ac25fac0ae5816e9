import { describe, expect, test } from 'vitest';

import type { ConferenceWish } from '../../src/domain/interview.ts';
import type { GoogleBehaviour } from '../simulators/google/behaviour.ts';
import type { GoogleEvent } from '../simulators/google/wire.ts';
import { email, inGoogleWorld, type GoogleWorld } from './google-world.ts';
import { bookingOf, type Booking } from './interview-booking.ts';

const meet = { state: 'ready', url: expect.stringMatching(/^https:\/\/meet\.google\.com\//) as string };

const withLink = (
  conference: ConferenceWish,
  run: (booking: Booking, world: GoogleWorld) => Promise<void>,
  behaviour: Partial<GoogleBehaviour> = {},
) => inGoogleWorld({ behaviour }, async (world) => run(await bookingOf(world, { conference }), world));

/** The ids of requests for a link that were sent, in their order. */
const requested = ({ simulator }: GoogleWorld): unknown[] =>
  simulator.requests
    .filter(({ method, path }) => ['POST', 'PATCH'].includes(method) && path.includes('/events'))
    .flatMap(({ body }) => {
      const { conferenceData } = JSON.parse(body) as { conferenceData?: { createRequest?: object } };
      return conferenceData?.createRequest ?? [];
    });

const withoutMeet = ({ simulator }: GoogleWorld) =>
  simulator.addCalendar(email, { id: email, allowedConferenceSolutionTypes: [] });

describe('a Meet link', () => {
  test('google trap 21: is pending in the answer, stays so for a while, and is there in the end', () =>
    withLink(
      'google_meet',
      async ({ book, readLiving }) => {
        const reading = await book();
        const seen = [reading];
        for (let times = 0; times < 3; times += 1) seen.push(await readLiving(reading));
        expect(seen.map(({ snapshot }) => snapshot.conference)).toEqual([
          { state: 'pending' },
          { state: 'pending' },
          { state: 'pending' },
          meet,
        ]);
      },
      { meetPendingReads: 2 },
    ));

  test('that Google fails to make is told as failed, and asked for again by another request', () =>
    withLink(
      'google_meet',
      async ({ book, readLiving, update }, world) => {
        const failed = await readLiving(await book());
        expect(failed.snapshot.conference).toEqual({ state: 'failed' });
        world.simulator.behaviour.meetOutcome = 'success';
        const again = await update(failed, { conference: 'google_meet' });
        expect(again.snapshot.conference).toEqual({ state: 'pending' });
        expect((await readLiving(failed)).snapshot.conference).toEqual(meet);
        expect(new Set(requested(world).map((one) => JSON.stringify(one))).size).toBe(2);
      },
      { meetOutcome: 'failure' },
    ));

  test('is asked for by the same request where the creation is repeated', () =>
    withLink('google_meet', async ({ create }, world) => {
      world.simulator.fault({ match: { method: 'POST', path: '/events$' }, action: { type: 'cut' } });
      await expect(create()).rejects.toMatchObject({ kind: 'unavailable' });
      await create();
      const [first, second] = requested(world);
      expect(first).toEqual({
        requestId: expect.stringMatching(/^[0-9a-f]{40}$/),
        conferenceSolutionKey: { type: 'hangoutsMeet' },
      });
      expect(second).toEqual(first);
    }));

  test('that is there already is not asked for again, and not exchanged', () =>
    withLink('google_meet', async ({ book, readLiving, update }, world) => {
      const reading = await readLiving(await book());
      const same = await update(reading, { conference: 'provider_default', title: 'Second interview' });
      expect(same.snapshot.conference).toEqual(reading.snapshot.conference);
      await update(same, { conference: 'google_meet' });
      expect(requested(world)).toHaveLength(1);
      expect(world.simulator.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
    }));

  test('goes when it is not wanted any more', () =>
    withLink('google_meet', async ({ book, readLiving, update }) => {
      const { snapshot } = await update(await readLiving(await book()), { conference: 'none' });
      expect(snapshot.conference).toEqual({ state: 'none' });
    }));

  test('that somebody has added from elsewhere stays unless Meet is asked for', () =>
    withLink('none', async ({ book, readLiving, update }, world) => {
      const reading = await book();
      const conferenceData = {
        conferenceId: 'zoom-1',
        conferenceSolution: { key: { type: 'addOn' }, name: 'Elsewhere' },
        entryPoints: [{ entryPointType: 'video', uri: 'https://meeting.example/1' }],
      };
      world.simulator.editEvent(email, 'primary', reading.providerEventId, { conferenceData } as GoogleEvent);
      const elsewhere = { state: 'ready', url: 'https://meeting.example/1' };
      const now = await readLiving(reading);
      expect(now.snapshot.conference).toEqual(elsewhere);
      const kept = await update(now, { conference: 'none', title: 'Second interview' });
      expect(kept.snapshot.conference).toEqual(elsewhere);
      const alsoKept = await update(kept, { conference: 'provider_default', title: 'Third interview' });
      expect(alsoKept.snapshot.conference).toEqual(elsewhere);
      await update(alsoKept, { conference: 'google_meet' });
      expect((await readLiving(reading)).snapshot.conference).toEqual(meet);
    }));
});

describe('a calendar without Meet', () => {
  test('refuses an interview that has to have the link, and nothing is written', () =>
    withLink('google_meet', async ({ create, listed, mailed }, world) => {
      withoutMeet(world);
      await expect(create()).rejects.toMatchObject({
        kind: 'refused',
        detail: { code: 'conference_unavailable' },
      });
      expect(await listed()).toEqual([]);
      expect(mailed()).toEqual([[], []]);
    }));

  test('takes one that leaves the choice to it, without a link', () =>
    withLink('provider_default', async ({ book, mailed }, world) => {
      withoutMeet(world);
      expect((await book()).snapshot.conference).toEqual({ state: 'none' });
      expect(mailed()).toEqual([['invitation'], ['invitation']]);
    }));

  test('does the same where the link is asked for later', () =>
    withLink('none', async ({ book, update, readLiving }, world) => {
      withoutMeet(world);
      const reading = await book();
      await expect(update(reading, { conference: 'google_meet' })).rejects.toMatchObject({
        detail: { code: 'conference_unavailable' },
      });
      await expect(update(reading, { conference: 'teams' })).rejects.toMatchObject({
        detail: { code: 'conference_unavailable' },
      });
      const patch = { conference: 'provider_default', title: 'Second interview' } as const;
      expect((await update(reading, patch)).snapshot.title).toBe('Second interview');
      expect((await readLiving(reading)).snapshot.conference).toEqual({ state: 'none' });
    }));

  test('is not blamed for another mistake', () =>
    withLink('google_meet', async ({ access, place, draft }, world) => {
      const nowhere = { ...draft, timeZone: 'Mars/Olympus' };
      const creation = world.provider.interviews.createEvent(
        access,
        place,
        { draft: nowhere, mark: '1' },
        { notify: true },
      );
      await expect(creation).rejects.toMatchObject({ kind: 'refused', detail: { code: 'provider_refused' } });
    }));
});
