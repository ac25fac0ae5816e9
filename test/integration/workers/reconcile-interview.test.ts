import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/change.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import type { InterviewWish } from '../../../src/domain/interview.ts';
import type { InterviewRecord } from '../../../src/store/store.ts';
import { connect, newUser, requestsDuring, type ConnectedUser } from '../../support/connected-user.ts';
import { meetingPeople } from '../../support/meeting-people.ts';
import { after, day, hour, minute, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();

let interviews = 0;
const guest = 'kim@else.example';

describe.each(providerIds)('an interview in a calendar of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const people = () => meetingPeople(workers.vendors)[id];
  const record = async (interviewId: string): Promise<InterviewRecord> =>
    (await workers.store.reads.interview(interviewId))!;
  const eventIdOf = async (interviewId: string): Promise<string> =>
    (await record(interviewId)).place!.providerEventId!;

  async function organizer(): Promise<ConnectedUser> {
    const user = await newUser(workers, vendorOf());
    await workers.sync(user.connectionId);
    return user;
  }

  function wish(
    { userId }: Pick<ConnectedUser, 'userId'>,
    changes: Partial<InterviewWish> = {},
  ): InterviewWish {
    return {
      organizer: { userId },
      title: 'Interview with Kim',
      start: after(2 * day),
      end: after(2 * day + hour),
      timeZone: 'Europe/Berlin',
      attendees: [{ email: guest, optional: false, resource: false }],
      conference: 'none',
      visibility: 'default',
      tentative: false,
      sendInvitations: true,
      checkConflicts: false,
      policy: 'follow',
      ...changes,
    };
  }

  async function put(wanted: InterviewWish, interviewId = `interview-${(interviews += 1)}`): Promise<string> {
    await workers.store.intents.putInterview(interviewId, wanted, workers.clock);
    return interviewId;
  }

  async function booked(user: ConnectedUser, changes: Partial<InterviewWish> = {}): Promise<string> {
    const interviewId = await put(wish(user, changes));
    expect(await workers.reconcile(interviewId)).toMatchObject({ type: 'done' });
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
    return interviewId;
  }

  async function allChanges(): Promise<readonly Change[]> {
    const page = await workers.store.reads.changes({ after: 0, limit: 10_000, now: workers.clock });
    return page.type === 'page' ? page.changes : [];
  }

  const newsOf = async ({ userId }: ConnectedUser) => {
    const told = await allChanges();
    return told
      .filter((change) => change.userId === userId && change.type.startsWith('interview.'))
      .map(({ type, data }) => ({ type, data }));
  };
  const mailed = (): string[] => people().mails(guest);

  /** Requests of the vendor's that write something. */
  const writesDuring = async (doing: () => Promise<unknown>) =>
    (await requestsDuring(vendorOf(), doing)).filter(
      ({ method, path }) => method !== 'GET' && !path.endsWith('/token'),
    );

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

  it('that people changed after an answer was lost keeps what they changed', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    vendorOf().simulator.fault({
      match: { method: 'POST', path: '/events$' },
      action: { type: 'cut-after' },
    });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    const [eventId = ''] = people().living(user.email);
    people().change(user.email, eventId, { start: after(3 * day), end: after(3 * day + hour) });
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked', desired: { start: after(3 * day) } });
    expect(await newsOf(user)).toMatchObject([
      { type: 'interview.booked' },
      { type: 'interview.moved', data: { handling: 'followed', to: { start: after(3 * day) } } },
    ]);
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
    for (const days of [4, 8]) {
      const times = { start: after(days * day), end: after(days * day + hour) };
      await put(wish(user, times), interviewId);
      const outcome = workers.reconcile(interviewId);
      if (days === 4) await expect(outcome).rejects.toMatchObject({ name: 'ProviderError' });
      else await outcome;
    }
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
          expect((await record(interviewId)).place).not.toHaveProperty('triedWith');
        },
      );
    },
  );

  it('whose event changes while it is being written is read again, and nothing is lost', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    await put(wish(user, { title: 'Second interview' }), interviewId);
    const eventId = await eventIdOf(interviewId);
    const provider = workers.provider(id);
    const { readEvent } = provider.interviews;
    let edits = 0;
    const interfering = {
      ...provider,
      interviews: {
        ...provider.interviews,
        readEvent: async (...given: Parameters<typeof readEvent>) => {
          const finding = await readEvent(...given);
          if ((edits += 1) === 1)
            people().change(user.email, eventId, { start: after(5 * day), end: after(5 * day + hour) });
          return finding;
        },
      },
    };
    await workers.reconcile(interviewId, { provider: interfering });
    expect(edits).toBe(2);
    expect((await record(interviewId)).applied?.snapshot).toMatchObject({
      title: 'Second interview',
      start: after(5 * day),
    });
  });

  it('that somebody moves is followed: the wish takes the new time, and nothing is written', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    const eventId = await eventIdOf(interviewId);
    people().change(user.email, eventId, { start: after(6 * day), end: after(6 * day + hour) });
    await workers.sync(user.connectionId);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).toContain(interviewId);
    expect(await writesDuring(() => workers.reconcile(interviewId))).toEqual([]);
    expect(await record(interviewId)).toMatchObject({
      revision: 2,
      desired: { start: after(6 * day) },
      requested: { start: after(2 * day) },
      applied: { revision: 2 },
    });
    expect((await newsOf(user)).at(-1)).toEqual({
      type: 'interview.moved',
      data: {
        interviewId,
        revision: 2,
        handling: 'followed',
        from: { start: after(2 * day), end: after(2 * day + hour) },
        to: { start: after(6 * day), end: after(6 * day + hour) },
      },
    });
  });

  it('under `hold` is put back once, and left the second time', async () => {
    const user = await organizer();
    const interviewId = await booked(user, { policy: 'hold' });
    const eventId = await eventIdOf(interviewId);
    for (const [handling, title] of [
      ['put_back', 'Interview with Kim'],
      ['left', 'Lunch'],
    ] as const) {
      people().change(user.email, eventId, { title: 'Lunch' });
      await workers.sync(user.connectionId);
      await workers.reconcile(interviewId);
      expect((await record(interviewId)).applied?.snapshot.title).toBe(title);
      expect((await newsOf(user)).at(-1)).toMatchObject({ type: 'interview.changed', data: { handling } });
    }
    expect((await record(interviewId)).desired.title).toBe('Interview with Kim');
  });

  it('keeps those whom people have added, and asks those whom the main app adds', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    people().change(user.email, await eventIdOf(interviewId), { invite: 'added@else.example' });
    const more = { email: 'more@else.example', optional: true, resource: false };
    await put(wish(user, { attendees: [...wish(user).attendees, more] }), interviewId);
    await workers.reconcile(interviewId);
    const { applied } = await record(interviewId);
    expect(applied?.snapshot.attendees.map(({ email }) => email).toSorted()).toEqual(
      ['added@else.example', guest, more.email].toSorted(),
    );
  });

  it('tells who has answered, by their place in the list of the main app', async () => {
    const user = await organizer();
    const room = { email: 'room@else.example', optional: false, resource: true };
    const interviewId = await booked(user, { attendees: [...wish(user).attendees, room] });
    const eventId = await eventIdOf(interviewId);
    people().answer(user.email, eventId, guest, 'accepted');
    people().answer(user.email, eventId, room.email, 'declined');
    await workers.sync(user.connectionId);
    await workers.reconcile(interviewId);
    const { type, data } = (await newsOf(user)).at(-1)!;
    expect(type).toBe('interview.response');
    expect(data).toMatchObject({
      answers: [
        { attendee: 0, resource: false, response: 'accepted' },
        { attendee: 1, resource: true, response: 'declined' },
      ],
    });
    expect(JSON.stringify(data)).not.toContain('@');
  });

  it('that somebody deletes is told, and made again only when it is asked for anew', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    people().remove(user.email, await eventIdOf(interviewId));
    await workers.sync(user.connectionId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'removed_by_user' });
    expect((await newsOf(user)).at(-1)).toMatchObject({ type: 'interview.cancelled', data: { by: 'user' } });
    await put(wish(user), interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    await put(wish(user, { title: 'Once more' }), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
    expect(people().living(user.email)).toHaveLength(1);
  });

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

  it('that is withdrawn before anything was written asks nobody', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    await workers.store.intents.withdrawInterview(interviewId, workers.clock);
    expect(await requestsDuring(vendorOf(), () => workers.reconcile(interviewId))).toEqual([]);
    expect(await record(interviewId)).toMatchObject({ state: 'cancelled' });
  });

  it('moves to the calendar of another organizer, and leaves the first', async () => {
    const [user, other] = [
      await organizer(),
      await newUser(workers, workers.vendors[id === 'google' ? 'microsoft' : 'google']),
    ];
    await workers.sync(other.connectionId);
    const interviewId = await booked(user);
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    expect(meetingPeople(workers.vendors)[other.vendor.id].living(other.email)).toHaveLength(1);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      formerPlaces: [],
      userId: other.userId,
    });
  });

  it('of somebody who has to authorize anew waits visibly, and goes out when that is done', async () => {
    const user = await organizer();
    const { version } = (await workers.store.facts.credentials(user.connectionId))!;
    const reason = { code: 'grant_revoked', message: 'revoked', at: workers.clock } as const;
    await workers.store.facts.markReauthRequired(user.connectionId, version, reason);
    const interviewId = await put(wish(user));
    await workers.reconcile(interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'waiting', reason: { code: 'grant_revoked' } });
    expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.waiting']);
    await connect(workers, user);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).toContain(interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
  });

  it('that could not be written before its time was over has failed, and says so', async () => {
    const interviewId = await put(wish({ userId: 'nobody-is-connected' }));
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      state: 'waiting',
      reason: { code: 'organizer_not_connected' },
    });
    workers.clock = after(3 * day);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).toContain(interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'failed', reason: { code: 'time_passed' } });
  });

  it('comes back through syncs without an echo: nothing is told, nothing is due, nothing is written', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    const told = (await allChanges()).length;
    workers.clock = after(5 * minute);
    await workers.sync(user.connectionId);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).not.toContain(interviewId);
    expect(await allChanges()).toHaveLength(told);
    const [event] = await workers.store.reads.events({
      userId: user.userId,
      range: { start: after(day), end: after(9 * day) },
      limit: 10,
    });
    expect(event).toMatchObject({ interviewId });
  });

  it('is not written where somebody who takes part is busy by then, and says when', async () => {
    const [user, colleague] = [await organizer(), await organizer()];
    vendorOf().put(colleague.email, colleague.calendarId, {
      title: 'Dentist',
      start: after(2 * day + 30 * minute),
      end: after(2 * day + 2 * hour),
    });
    const attendees = [{ email: colleague.email.toUpperCase(), optional: false, resource: false }];
    const interviewId = await put(wish(user, { checkConflicts: true, attendees }));
    await workers.reconcile(interviewId);
    const clash = { start: after(2 * day + 30 * minute), end: after(2 * day + 2 * hour) };
    expect(await record(interviewId)).toMatchObject({
      state: 'conflict',
      clash: { ...clash, userId: colleague.userId },
      reason: { code: 'slot_taken' },
    });
    expect(people().living(user.email)).toEqual([]);
    expect((await newsOf(user)).at(-1)).toMatchObject({ type: 'interview.conflict', data: { clash } });
  });

  it('is in nobody’s way when it is moved by a little', async () => {
    const user = await organizer();
    const interviewId = await booked(user, { checkConflicts: true });
    const times = { start: after(2 * day + 30 * minute), end: after(2 * day + 90 * minute) };
    await put(wish(user, { checkConflicts: true, ...times }), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked', applied: { snapshot: times } });
  });

  it('that races another for one time: one is written, the other is in conflict', async () => {
    const user = await organizer();
    const ids = await Promise.all([1, 2, 3].map(() => put(wish(user, { checkConflicts: true }))));
    await Promise.all(ids.map((interviewId) => workers.reconcile(interviewId)));
    const states = await Promise.all(ids.map(async (interviewId) => (await record(interviewId)).state));
    expect(states.toSorted()).toEqual(['booked', 'conflict', 'conflict']);
    expect(people().living(user.email)).toHaveLength(1);
  });

  it('with a link that this calendar cannot make has failed, with what to do about it', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user, { conference: id === 'google' ? 'teams' : 'google_meet' }));
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      state: 'failed',
      reason: { code: 'conference_unavailable', hint: expect.stringContaining('provider_default') },
    });
    expect((await newsOf(user)).at(-1)).toMatchObject({ type: 'interview.failed' });
    await put(wish(user), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
  });

  it('that somebody has made private stays so, and what they write into it then is not read', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    const eventId = await eventIdOf(interviewId);
    people().change(user.email, eventId, { private: true, title: 'My secret' });
    await workers.sync(user.connectionId);
    await workers.reconcile(interviewId);
    await put(wish(user, { start: after(7 * day), end: after(7 * day + hour) }), interviewId);
    await workers.reconcile(interviewId);
    const kept = await record(interviewId);
    expect(kept).toMatchObject({
      state: 'booked',
      applied: { snapshot: { start: after(7 * day), visibility: 'private' } },
    });
    expect(JSON.stringify(kept)).not.toContain('My secret');
  });
});
