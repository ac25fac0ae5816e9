import { describe, expect, it } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { guest, interviewDesk } from '../../support/interview-desk.ts';
import { after, day, hour, minute, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('an interview that people meet in a calendar of %s', (id) => {
  const {
    vendorOf,
    people,
    record,
    organizer,
    wish,
    put,
    booked,
    allChanges,
    eventIdOf,
    newsOf,
    writesDuring,
  } = interviewDesk(workers, id);

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

  it('is told once, also where the access token is refused when what people left is written over', async () => {
    const user = await organizer();
    const interviewId = await booked(user, { policy: 'hold' });
    const eventId = await eventIdOf(interviewId);
    people().change(user.email, eventId, { start: after(6 * day), end: after(6 * day + hour) });
    await workers.sync(user.connectionId);
    const status = { type: 'status', status: 401, body: '' } as const;
    vendorOf().simulator.fault({ match: { method: 'PATCH', path: '/events/[^/]+$' }, action: status });
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
    const told = (await newsOf(user)).filter(({ type }) => type === 'interview.moved');
    expect(told).toMatchObject([{ data: { handling: 'put_back', to: { start: after(6 * day) } } }]);
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

  it.each([
    { what: 'was done', action: { type: 'cut-after' } },
    { what: 'was not done', action: { type: 'status', status: 500 } },
  ] as const)(
    'under `hold` is told to be put back, once, also where the writing has no answer and $what',
    async ({ action }) => {
      const user = await organizer();
      const interviewId = await booked(user, { policy: 'hold' });
      const eventId = await eventIdOf(interviewId);
      const change = () =>
        people().change(user.email, eventId, { start: after(6 * day), end: after(6 * day + hour) });
      change();
      vendorOf().simulator.fault({ match: { method: 'PATCH', path: '/events/' }, action });
      await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
      await workers.reconcile(interviewId);
      expect((await record(interviewId)).applied?.snapshot.start).toEqual(after(2 * day));
      change();
      await workers.reconcile(interviewId);
      expect((await record(interviewId)).applied?.snapshot.start).toEqual(after(6 * day));
      expect(await newsOf(user)).toMatchObject([
        { type: 'interview.booked' },
        { type: 'interview.moved', data: { handling: 'put_back' } },
        { type: 'interview.moved', data: { handling: 'left' } },
      ]);
    },
  );

  it('is told what people did, once, also where the main app’s next body is written over it without an answer', async () => {
    const user = await organizer();
    const interviewId = await booked(user, { policy: 'hold' });
    people().change(user.email, await eventIdOf(interviewId), { title: 'Lunch' });
    await put(wish(user, { policy: 'hold', title: 'Second interview' }), interviewId);
    const action = { type: 'cut-after' } as const;
    vendorOf().simulator.fault({ match: { method: 'PATCH', path: '/events/' }, action });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    expect(await writesDuring(() => workers.reconcile(interviewId))).toEqual([]);
    expect((await record(interviewId)).applied?.snapshot.title).toBe('Second interview');
    expect((await newsOf(user)).map(({ type }) => type)).toEqual([
      'interview.booked',
      'interview.changed',
      'interview.updated',
    ]);
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

  it('takes along what they have done when it moves to another organizer', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await booked(user);
    const eventId = await eventIdOf(interviewId);
    people().change(user.email, eventId, { start: after(6 * day), end: after(6 * day + hour) });
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      desired: { start: after(6 * day) },
      applied: { snapshot: { start: after(6 * day) } },
    });
    expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.booked', 'interview.moved']);
    expect((await newsOf(other)).map(({ type }) => type)).toEqual(['interview.booked']);
  });

  it.each(['follow', 'hold'] as const)(
    'takes along, or tells, what they do in the old calendar once it is in the new one (%s)',
    async (policy) => {
      const [user, other] = [await organizer(), await organizer()];
      const interviewId = await booked(user, { policy });
      const eventId = await eventIdOf(interviewId);
      await put(wish(other, { policy }), interviewId);
      const provider = workers.provider(id);
      const { createEvent } = provider.interviews;
      const hasty = {
        ...provider,
        interviews: {
          ...provider.interviews,
          createEvent: async (...given: Parameters<typeof createEvent>) => {
            const creation = await createEvent(...given);
            people().change(user.email, eventId, { title: 'Lunch' });
            return creation;
          },
        },
      };
      await workers.reconcile(interviewId, { provider: hasty });
      expect(people().living(user.email)).toEqual([]);
      const isFollowing = policy === 'follow';
      const isDue = (await workers.store.facts.dueInterviews(workers.clock, 100)).includes(interviewId);
      expect(isDue).toBe(isFollowing);
      await workers.reconcile(interviewId);
      const title = isFollowing ? 'Lunch' : 'Interview with Kim';
      expect(await record(interviewId)).toMatchObject({
        state: 'booked',
        desired: { title },
        applied: { snapshot: { title } },
        formerPlaces: [],
      });
      expect((await newsOf(other)).map(({ type }) => type)).toEqual([
        'interview.booked',
        'interview.changed',
        ...(isFollowing ? ['interview.updated'] : []),
      ]);
    },
  );

  it.each(['follow', 'hold'] as const)(
    'takes along, or tells, what they do in the old calendar right before it is taken out there, once (%s)',
    async (policy) => {
      const [user, other] = [await organizer(), await organizer()];
      const interviewId = await booked(user, { policy });
      const eventId = await eventIdOf(interviewId);
      await put(wish(other, { policy }), interviewId);
      const provider = workers.provider(id);
      const { cancelEvent } = provider.interviews;
      let cancellations = 0;
      const late = {
        ...provider,
        interviews: {
          ...provider.interviews,
          cancelEvent: async (...given: Parameters<typeof cancelEvent>) => {
            cancellations += 1;
            if (cancellations === 1) people().change(user.email, eventId, { title: 'Lunch' });
            if (cancellations === 2) throw new Error('killed');
            return cancelEvent(...given);
          },
        },
      };
      await expect(workers.reconcile(interviewId, { provider: late })).rejects.toThrow('killed');
      await workers.reconcile(interviewId);
      expect(cancellations).toBe(2);
      expect(people().living(user.email)).toEqual([]);
      const title = policy === 'follow' ? 'Lunch' : 'Interview with Kim';
      expect(await record(interviewId)).toMatchObject({ applied: { snapshot: { title } }, formerPlaces: [] });
      const told = (await newsOf(other)).map(({ type }) => type);
      expect(told.filter((type) => type === 'interview.changed')).toHaveLength(1);
    },
  );

  it('keeps nothing of what they write into the event that it leaves once they have made that private', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await booked(user);
    const eventId = await eventIdOf(interviewId);
    await put(wish(other), interviewId);
    const provider = workers.provider(id);
    const { createEvent } = provider.interviews;
    const secretive = {
      ...provider,
      interviews: {
        ...provider.interviews,
        createEvent: async (...given: Parameters<typeof createEvent>) => {
          const creation = await createEvent(...given);
          people().change(user.email, eventId, { private: true, title: 'My secret' });
          return creation;
        },
        cancelEvent: () => Promise.reject(new Error('killed')),
      },
    };
    await expect(workers.reconcile(interviewId, { provider: secretive })).rejects.toThrow('killed');
    const kept = await record(interviewId);
    expect(kept.formerPlaces).toMatchObject([{ leftAs: { visibility: 'private' } }]);
    expect(JSON.stringify(kept)).not.toContain('My secret');
  });

  it('keeps who organized it before as an attendee, where the main app says so, whatever it takes along', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await booked(user);
    people().change(user.email, await eventIdOf(interviewId), { title: 'Lunch' });
    const attendees = [{ email: user.email, optional: false, resource: false }];
    await put(wish(other, { attendees }), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      desired: { title: 'Lunch', attendees },
      applied: { snapshot: { title: 'Lunch', attendees } },
    });
  });

  it('takes along what they have done to one whose creation had no answer when it moves', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await put(wish(user));
    const action = { type: 'cut-after' } as const;
    vendorOf().simulator.fault({ match: { method: 'POST', path: '/events$' }, action });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    const [eventId] = people().living(user.email);
    people().change(user.email, eventId!, { start: after(6 * day), end: after(6 * day + hour) });
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      applied: { snapshot: { start: after(6 * day) } },
    });
    expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.moved']);
    expect((await newsOf(other)).map(({ type }) => type)).toEqual(['interview.booked']);
  });

  it('whose creation had no answer, and that they have deleted, is made in another organizer’s calendar only where the vendor forgets what is deleted', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await put(wish(user));
    const action = { type: 'cut-after' } as const;
    vendorOf().simulator.fault({ match: { method: 'POST', path: '/events$' }, action });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    const [eventId] = people().living(user.email);
    people().remove(user.email, eventId!);
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    const isForgotten = id === 'microsoft';
    expect(people().living(other.email)).toHaveLength(isForgotten ? 1 : 0);
    expect(await record(interviewId)).toMatchObject({ state: isForgotten ? 'booked' : 'removed_by_user' });
  });

  it('takes along what they do where it stands as long as it cannot be made in the next calendar', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await booked(user);
    const eventId = await eventIdOf(interviewId);
    await put(wish(other, { conference: id === 'google' ? 'teams' : 'google_meet' }), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'failed' });
    people().change(user.email, eventId, { title: 'Lunch' });
    await workers.sync(user.connectionId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      state: 'failed',
      reason: { code: 'conference_unavailable' },
      desired: { title: 'Lunch' },
    });
    people().change(user.email, eventId, { start: after(6 * day), end: after(6 * day + hour) });
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    const written = { title: 'Lunch', start: after(6 * day) };
    expect(await record(interviewId)).toMatchObject({ state: 'booked', applied: { snapshot: written } });
    expect(people().living(user.email)).toEqual([]);
    expect((await newsOf(other)).map(({ type }) => type)).toEqual([
      'interview.failed',
      'interview.changed',
      'interview.moved',
      'interview.booked',
    ]);
  });

  it('that they delete in the next calendar before it has left the first stands in neither', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await booked(user);
    await put(wish(other), interviewId);
    const provider = workers.provider(id);
    const stays = {
      ...provider,
      interviews: { ...provider.interviews, cancelEvent: () => Promise.reject(new Error('killed')) },
    };
    await expect(workers.reconcile(interviewId, { provider: stays })).rejects.toThrow('killed');
    people().remove(other.email, await eventIdOf(interviewId));
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'removed_by_user', formerPlaces: [] });
    expect(people().living(user.email)).toEqual([]);
  });

  it('is not made in another organizer’s calendar where they have deleted it in the first', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await booked(user);
    people().remove(user.email, await eventIdOf(interviewId));
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(other.email)).toEqual([]);
    expect(await record(interviewId)).toMatchObject({ state: 'removed_by_user' });
  });
});
