import { describe, expect, it } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { interviewDesk } from '../../support/interview-desk.ts';
import { after, day, hour, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('an interview at %s whose change had no answer', (id) => {
  const { vendorOf, people, record, organizer, wish, put, booked, eventIdOf, newsOf } = interviewDesk(
    workers,
    id,
  );
  const [kim, lee] = ['kim', 'lee'].map((name) => ({
    email: `${name}@else.example`,
    optional: false,
    resource: false,
  }));

  /** Whether it was done or not, nobody hears. */
  async function lose(interviewId: string, type: 'cut' | 'cut-after'): Promise<void> {
    const match = { method: 'PATCH', path: '/events/[^/]+$' };
    vendorOf().simulator.fault({ match, action: { type } });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
  }

  const told = async (user: Parameters<typeof newsOf>[0]) =>
    (await newsOf(user)).map(({ type, data }) => [type, (data as { handling?: string }).handling]);

  it('and was done leaves those in whom people have asked again after it had taken them out', async () => {
    const user = await organizer();
    const interviewId = await booked(user, { attendees: [kim!, lee!] });
    await put(wish(user, { attendees: [kim!] }), interviewId);
    await lose(interviewId, 'cut-after');
    people().change(user.email, await eventIdOf(interviewId), { invite: lee!.email });
    await workers.reconcile(interviewId);
    const { applied, desired } = await record(interviewId);
    expect(desired.attendees).toMatchObject([{ email: kim!.email }]);
    expect(applied?.snapshot.attendees.map(({ email }) => email)).toEqual([kim!.email, lee!.email]);
    expect(await told(user)).toEqual([
      ['interview.booked', undefined],
      ['interview.changed', 'followed'],
      ['interview.updated', undefined],
    ]);
  });

  it('and was not done has people make the same of it, as they are told to have', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    await put(wish(user, { title: 'Second interview', location: 'Room 5' }), interviewId);
    await lose(interviewId, 'cut');
    people().change(user.email, await eventIdOf(interviewId), { title: 'Second interview' });
    await workers.reconcile(interviewId);
    expect((await record(interviewId)).applied?.snapshot).toMatchObject({
      title: 'Second interview',
      location: 'Room 5',
    });
    expect(await told(user)).toEqual([
      ['interview.booked', undefined],
      ['interview.changed', 'followed'],
      ['interview.updated', undefined],
    ]);
  });

  it('is known among several in a row', async () => {
    const user = await organizer();
    const interviewId = await booked(user);
    await put(wish(user, { title: 'Second interview' }), interviewId);
    await lose(interviewId, 'cut-after');
    await put(wish(user, { title: 'Third interview' }), interviewId);
    await lose(interviewId, 'cut');
    people().change(user.email, await eventIdOf(interviewId), {
      start: after(6 * day),
      end: after(6 * day + hour),
    });
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      applied: { snapshot: { title: 'Third interview', start: after(6 * day) } },
    });
    expect(await told(user)).toEqual([
      ['interview.booked', undefined],
      ['interview.moved', 'followed'],
      ['interview.updated', undefined],
    ]);
  });

  it('is put back under `hold` where it was not done, and left where people have undone it', async () => {
    const user = await organizer();
    for (const [type, title] of [
      ['cut', 'Interview'],
      ['cut-after', 'Dinner'],
    ] as const) {
      const interviewId = await booked(user, { policy: 'hold', title: 'Interview' });
      const eventId = await eventIdOf(interviewId);
      people().change(user.email, eventId, { title: 'Lunch' });
      await lose(interviewId, type);
      if (type === 'cut-after') people().change(user.email, eventId, { title });
      await workers.reconcile(interviewId);
      expect((await record(interviewId)).applied?.snapshot.title).toBe(title);
    }
    expect((await told(user)).filter(([, handling]) => handling !== undefined)).toEqual([
      ['interview.changed', 'put_back'],
      ['interview.changed', 'put_back'],
      ['interview.changed', 'left'],
    ]);
  });
});
