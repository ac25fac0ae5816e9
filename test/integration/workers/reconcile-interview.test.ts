import { describe, expect, it } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { requestsDuring } from '../../support/connected-user.ts';
import { interviewDesk } from '../../support/interview-desk.ts';
import { after, day, hour, minute, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('an interview in a calendar of %s', (id) => {
  const { vendorOf, people, record, organizer, wish, put, booked, eventIdOf, newsOf, mailed, writesDuring } =
    interviewDesk(workers, id);

  it('is made once, is told once, and what the calendar says of it is kept', async () => {
    const user = await organizer();
    const before = mailed().length;
    const interviewId = await booked(user);
    const { place, applied, revision } = await record(interviewId);
    expect(people().living(user.email)).toEqual([place?.providerEventId]);
    expect(applied).toMatchObject({
      revision,
      snapshot: { title: 'Interview with Kim', start: after(2 * day) },
    });
    expect(mailed().slice(before)).toEqual(['invitation']);
    expect(await newsOf(user)).toEqual([{ type: 'interview.booked', data: { interviewId, revision } }]);
  });

  it('leaves nothing to do once it is there', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    expect(await writesDuring(() => workers.reconcile(interviewId))).toEqual([]);
    expect(await newsOf(user)).toHaveLength(1);
  });

  it.each([{ type: 'cut-after' }, { type: 'truncate' }] as const)(
    'I8: whose creation lost its answer ($type) is found, and nobody is mailed twice',
    async (action) => {
      const user = await organizer();
      const before = mailed().length;
      const interviewId = await put(wish(user));
      vendorOf().simulator.fault({ match: { method: 'POST', path: '/events$' }, action });
      await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
      expect(await record(interviewId)).toMatchObject({ state: 'pending' });
      expect(await workers.reconcile(interviewId)).toMatchObject({ type: 'done' });
      expect(people().living(user.email)).toEqual([await eventIdOf(interviewId)]);
      expect(mailed().slice(before)).toEqual(['invitation']);
      expect(await newsOf(user)).toMatchObject([{ type: 'interview.booked' }]);
    },
  );

  it('I8: whose worker died before it wrote down what it had made is found by the next', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const facts = { settleInterview: () => Promise.reject(new Error('killed')) };
    await expect(workers.reconcile(interviewId, { facts })).rejects.toThrow('killed');
    expect(people().living(user.email)).toHaveLength(1);
    expect(await workers.reconcile(interviewId)).toMatchObject({ type: 'done' });
    expect(people().living(user.email)).toEqual([await eventIdOf(interviewId)]);
  });

  it('I8: that two workers take up at once is made once', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const ends = await Promise.all([workers.reconcile(interviewId), workers.reconcile(interviewId)]);
    expect(ends.map(({ type }) => type).toSorted()).toEqual(['done', 'snooze']);
    expect(people().living(user.email)).toHaveLength(1);
  });

  it('I5: whose worker lost its turn is not spoiled by it', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const facts: Partial<typeof workers.store.facts> = {
      settleInterview: async (...given) => {
        workers.clock = after(hour);
        await workers.reconcile(interviewId);
        return workers.store.facts.settleInterview(...given);
      },
    };
    expect(await workers.reconcile(interviewId, { facts })).toMatchObject({
      type: 'done',
      result: { skipped: expect.any(String) },
    });
    expect(people().living(user.email)).toHaveLength(1);
    expect(await newsOf(user)).toHaveLength(1);
  });

  it('I8: that is withdrawn while its worker sleeps over the creation is not left in the calendar', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const provider = workers.provider(id);
    const { createEvent } = provider.interviews;
    const sleepy = {
      ...provider,
      interviews: {
        ...provider.interviews,
        createEvent: async (...given: Parameters<typeof createEvent>) => {
          workers.clock = after(5 * minute);
          await workers.store.intents.withdrawInterview(interviewId, workers.clock);
          await workers.reconcile(interviewId);
          expect(await record(interviewId)).toMatchObject({ state: 'cancelled' });
          return createEvent(...given);
        },
      },
    };
    expect(await workers.reconcile(interviewId, { provider: sleepy })).toMatchObject({
      result: { skipped: expect.any(String) },
    });
    expect(people().living(user.email)).toHaveLength(1);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).toContain(interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    expect(await record(interviewId)).toMatchObject({ state: 'cancelled', formerPlaces: [] });
    expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.cancelled']);
  });

  it('takes another time, and tells the attendees once', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    const before = mailed().length;
    await put(wish(user, { start: after(4 * day), end: after(4 * day + hour) }), interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toHaveLength(1);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      revision: 2,
      applied: { revision: 2, snapshot: { start: after(4 * day) } },
    });
    expect(mailed().slice(before)).toEqual(['update']);
    expect(await newsOf(user)).toMatchObject([{ type: 'interview.booked' }, { type: 'interview.updated' }]);
  });

  it('I8: that is taken up after a lost answer, and revised by then, is told as booked, as it was wanted last', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const lost = { type: 'cut-after' } as const;
    vendorOf().simulator.fault({ match: { method: 'POST', path: '/events$' }, action: lost });
    vendorOf().simulator.fault({ match: { method: 'PATCH', path: '/events/[^/]+$' }, action: lost });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    await put(wish(user, { start: after(4 * day), end: after(4 * day + hour) }), interviewId);
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    await put(wish(user, { start: after(8 * day), end: after(8 * day + hour) }), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      applied: { snapshot: { start: after(8 * day) } },
    });
    expect(people().living(user.email)).toHaveLength(1);
    expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.booked']);
  });

  describe.each(['nothing', 'another body'] as const)(
    'whose change lost its answer, and then %s came',
    (then) => {
      it.each(['follow', 'hold'] as const)(
        'is as the main app wanted it last, and nobody is told of people (%s)',
        async (policy) => {
          const user = await organizer();
          const interviewId = await booked(user, { policy });
          const eventId = await eventIdOf(interviewId);
          const later = { start: after(4 * day), end: after(4 * day + hour) };
          await put(wish(user, { policy, ...later }), interviewId);
          vendorOf().simulator.fault({
            match: { method: 'PATCH', path: '/events/[^/]+$' },
            action: { type: 'cut-after' },
          });
          await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
          const last = then === 'nothing' ? later : { start: after(8 * day), end: after(8 * day + hour) };
          if (then !== 'nothing') await put(wish(user, { policy, ...last }), interviewId);
          await workers.reconcile(interviewId);
          expect(await record(interviewId)).toMatchObject({
            state: 'booked',
            desired: last,
            applied: { snapshot: last },
            place: { providerEventId: eventId },
          });
          expect((await newsOf(user)).map(({ type }) => type)).toEqual([
            'interview.booked',
            'interview.updated',
          ]);
          expect((await record(interviewId)).place).not.toHaveProperty('tries');
        },
      );
    },
  );

  it('that is withdrawn leaves the calendar, once, and tells the attendees', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    const before = mailed().length;
    await workers.store.intents.withdrawInterview(interviewId, workers.clock, 'We have found somebody.');
    await workers.reconcile(interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    expect(mailed().slice(before)).toEqual(['cancellation']);
    expect(await record(interviewId)).toMatchObject({ state: 'cancelled' });
    expect(await newsOf(user)).toMatchObject([
      { type: 'interview.booked' },
      { type: 'interview.cancelled', data: { by: 'main_app' } },
    ]);
  });

  it.each([
    { by: 'an answer that was lost', isKilled: false, error: /^(Google|Microsoft) / },
    { by: 'a worker that died', isKilled: true, error: 'killed' },
  ])(
    'that is wanted again after its cancellation came to nothing by $by is made anew, and nobody has removed it',
    async ({ isKilled, error }) => {
      const user = await organizer();
      const interviewId = await booked(user);
      const before = mailed().length;
      await workers.store.intents.withdrawInterview(interviewId, workers.clock);
      const match = {
        path: id === 'google' ? '/events/' : '/cancel$',
        method: id === 'google' ? 'DELETE' : 'POST',
      };
      if (!isKilled) vendorOf().simulator.fault({ match, action: { type: 'cut-after' } });
      const facts = { settleInterview: () => Promise.reject(new Error('killed')) };
      await expect(workers.reconcile(interviewId, isKilled ? { facts } : {})).rejects.toThrow(error);
      expect(people().living(user.email)).toEqual([]);
      await put(wish(user, { title: 'Second interview' }), interviewId);
      await workers.reconcile(interviewId);
      expect(people().living(user.email)).toEqual([await eventIdOf(interviewId)]);
      expect(await record(interviewId)).toMatchObject({ state: 'booked', revision: 2 });
      expect(mailed().slice(before)).toEqual(['cancellation', 'invitation']);
      expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.booked', 'interview.booked']);
    },
  );

  it('that is withdrawn before anything was written asks nobody', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    await workers.store.intents.withdrawInterview(interviewId, workers.clock);
    expect(await requestsDuring(vendorOf(), () => workers.reconcile(interviewId))).toEqual([]);
    expect(await record(interviewId)).toMatchObject({ state: 'cancelled' });
  });
});
