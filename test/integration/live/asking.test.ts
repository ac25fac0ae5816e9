import { describe, expect, it } from 'vitest';
import { ProviderError } from '../../../src/domain/failure.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { createProviders } from '../../../src/providers/index.ts';
import type { BudgetRequest } from '../../../src/providers/provider.ts';
import { appointment } from '../../support/calendar-contents.ts';
import { calendarOf, connectionOf, newUser, requestsDuring } from '../../support/connected-user.ts';
import { interviewDesk } from '../../support/interview-desk.ts';
import { busyIn, codeIn, liveAsker } from '../../support/live-asker.ts';
import { noBudget } from '../../support/no-budget.ts';
import { after, day, hour, ownWorkers, start } from '../../support/own-workers.ts';

const workers = ownWorkers();
const { ask, subjectOf } = liveAsker(workers);

describe.each(providerIds)('asking %s for busy times', (id) => {
  const vendorOf = () => workers.vendors[id];
  const synced = async () => {
    const user = await newUser(workers, vendorOf());
    await workers.sync(user.connectionId);
    return user;
  };

  it('asks once, for exactly the calendars that are named, and says as of when', async () => {
    const user = await synced();
    vendorOf().addCalendar(user.email, 'Another');
    await workers.sync(user.connectionId);
    vendorOf().put(user.email, user.calendarId, appointment('Since the last sync', 3));
    const subject = await subjectOf(user);
    const requests = await requestsDuring(vendorOf(), async () => {
      const answers = await ask([subject]);
      expect([...answers.keys()]).toEqual([subject.calendarId]);
      expect(answers.get(subject.calendarId)).toMatchObject({ askedAt: start });
      expect(busyIn(answers.get(subject.calendarId))).toHaveLength(1);
    });
    expect(requests).toHaveLength(1);
  });

  it('I6: refreshes a token that has run out once, however many ask at the same time', async () => {
    const user = await synced();
    const subject = await subjectOf(user);
    workers.clock = after(2 * hour);
    const requests = await requestsDuring(vendorOf(), async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => ask([subject])));
      for (const answer of answers) expect(busyIn(answer.get(subject.calendarId))).toEqual([]);
    });
    expect(requests.filter(vendorOf().isRefresh)).toHaveLength(1);
  });

  it('uses a token that lasts for as long as it takes', async () => {
    const user = await synced();
    const subject = await subjectOf(user);
    workers.clock = after(hour - 60_000);
    const requests = await requestsDuring(vendorOf(), () => ask([subject]));
    expect(requests.filter(vendorOf().isRefresh)).toHaveLength(0);
  });

  it('refreshes once where the vendor refuses a token that looks valid', async () => {
    const user = await synced();
    const subject = await subjectOf(user);
    vendorOf().expireAccessTokens(user.email);
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(busyIn((await ask([subject])).get(subject.calendarId))).toEqual([]);
    });
    expect(requests.filter(vendorOf().isRefresh)).toHaveLength(1);
  });

  it('marks a connection whose grant turns out to be dead, and asks for it no more', async () => {
    const user = await synced();
    const subject = await subjectOf(user);
    vendorOf().revokeGrant(user.email);
    workers.clock = after(2 * hour);
    expect(codeIn((await ask([subject])).get(subject.calendarId))).toBe('grant_revoked');
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'reauth_required',
      statusReason: { code: 'grant_revoked' },
    });
    const requests = await requestsDuring(vendorOf(), async () => {
      expect(codeIn((await ask([subject])).get(subject.calendarId))).toBe('grant_revoked');
    });
    expect(requests).toEqual([]);
  });

  it('fails for a calendar that the vendor does not know, and answers for the other', async () => {
    const user = await synced();
    const subject = await subjectOf(user);
    const gone = { ...subject, calendarId: 'f'.repeat(24), providerCalendarId: 'gone', primary: false };
    const answers = await ask([gone, subject]);
    expect(codeIn(answers.get(gone.calendarId))).toBe('calendar_unreachable');
    expect(busyIn(answers.get(subject.calendarId))).toEqual([]);
  });

  it('fails for a connection that is gone, or about to go', async () => {
    const user = await synced();
    const subject = await subjectOf(user);
    await workers.store.intents.requestDisconnect(user.connectionId, start);
    expect(codeIn((await ask([subject])).get(subject.calendarId))).toBe('unknown_record');
    await workers.disconnect(user.connectionId);
    expect(codeIn((await ask([subject])).get(subject.calendarId))).toBe('unknown_record');
  });

  it('knows its interviews where it is told entries, and tells nothing of them where it is not', async () => {
    const desk = interviewDesk(workers, id);
    const user = await desk.organizer();
    const interviewId = await desk.booked(user, { start: after(3 * hour), end: after(4 * hour) });
    vendorOf().put(user.email, user.calendarId, appointment('Something else', 5));
    const subject = await subjectOf(user);
    const interviewsIn = async (needsDetail: boolean) => {
      const answer = (await ask([subject], { needsDetail })).get(subject.calendarId);
      if (answer === undefined || 'failure' in answer) throw new Error('no answer');
      return answer.blocks.map(({ interviewId: of }) => of);
    };
    expect((await interviewsIn(true)).toSorted()).toEqual([interviewId, undefined]);
    expect(await interviewsIn(false)).toEqual([undefined, undefined]);
  });

  it('is a request of a person’s by the budget, and fails where that has no room', async () => {
    const user = await synced();
    const subject = await subjectOf(user);
    const admitted: BudgetRequest[] = [];
    const { vendors, config } = workers;
    const { accountId } = await connectionOf(workers, user);
    const providers = createProviders(config, () => workers.clock, {
      ...noBudget,
      admit: (request) => {
        admitted.push(request);
        const { operation } = request;
        const detail = {
          provider: id,
          operation,
          code: 'throttled',
          retryAfterMs: 9000,
          heldBack: true,
        } as const;
        throw new ProviderError('throttled', 'no room', detail);
      },
    });
    const before = vendors[id].simulator.requests.length;
    const answers = await ask([subject], {}, { provider: () => providers.get(id) });
    expect(codeIn(answers.get(subject.calendarId))).toBe('throttled');
    expect(admitted).toMatchObject([{ urgency: 'interactive', accountId }]);
    expect(vendors[id].simulator.requests).toHaveLength(before);
    await Promise.all([...providers.values()].map((provider) => provider.close()));
  });

  it('fails where the provider is off', async () => {
    const subject = await subjectOf(await synced());
    const answers = await ask([subject], {}, { provider: () => undefined });
    expect(codeIn(answers.get(subject.calendarId))).toBe('invalid_client');
  });

  it('fails for what a defect of ours keeps from being asked, and says so in the log', async () => {
    const subject = await subjectOf(await synced());
    const broken = { ...workers.provider(id), freeBusy: () => Promise.reject(new TypeError('a defect')) };
    const answers = await ask([subject], {}, { provider: () => broken });
    expect(codeIn(answers.get(subject.calendarId))).toBe('internal');
  });
});

describe('asking several providers', () => {
  it('has them answer side by side, within one time for all, and gives what came', async () => {
    const { google, microsoft } = workers.vendors;
    const users = await Promise.all(
      [google, google, microsoft, microsoft].map((vendor) => newUser(workers, vendor)),
    );
    for (const { connectionId } of users) await workers.sync(connectionId);
    const subjects = await Promise.all(users.map((user) => subjectOf(user)));
    google.simulator.fault({ match: { path: '/freeBusy$' }, action: { type: 'stall' } });
    microsoft.simulator.fault({ match: { path: '/getSchedule$' }, action: { type: 'stall' } });
    const before = performance.now();
    const answers = await ask(subjects, { withinMs: 1000 });
    expect(performance.now() - before).toBeLessThan(1900);
    const codes = subjects.map(({ calendarId }) => codeIn(answers.get(calendarId)));
    expect(codes.toSorted()).toEqual(['not_answered_in_time', 'not_answered_in_time', undefined, undefined]);
  });

  it('ends in time whatever hangs, the store as well', async () => {
    const user = await newUser(workers, workers.vendors.google);
    await workers.sync(user.connectionId);
    const subject = await subjectOf(user);
    const { reads } = workers.store;
    const hanging = { ...reads, connection: () => new Promise<never>(() => undefined) };
    const answers = await ask([subject], { withinMs: 100 }, { reads: hanging });
    expect(codeIn(answers.get(subject.calendarId))).toBe('not_answered_in_time');
  });

  it('ends when nobody waits any more', async () => {
    const user = await newUser(workers, workers.vendors.google);
    await workers.sync(user.connectionId);
    const subject = await subjectOf(user);
    const { simulator } = workers.vendors.google;
    simulator.fault({ match: { path: '/freeBusy$' }, action: { type: 'stall' } });
    const abort = new AbortController();
    const before = simulator.requests.length;
    const asking = ask([subject], { signal: abort.signal });
    await expect.poll(() => simulator.requests.length).toBe(before + 1);
    abort.abort();
    expect(codeIn((await asking).get(subject.calendarId))).toBe('not_answered_in_time');
  });

  it('rejects where the store is away: then nothing of an answer can be relied on', async () => {
    const user = await newUser(workers, workers.vendors.google);
    await workers.sync(user.connectionId);
    const subject = await subjectOf(user);
    const away = Object.assign(new Error('no primary'), { name: 'MongoNetworkError' });
    const reads = { ...workers.store.reads, connection: () => Promise.reject(away) };
    await expect(ask([subject], {}, { reads })).rejects.toBe(away);
  });

  it('leaves alone what is held by nobody’s fault: a calendar that errs inside of a success', async () => {
    const { google } = workers.vendors;
    const user = await newUser(workers, google);
    const team = google.addCalendar(user.email, 'Team');
    await workers.sync(user.connectionId);
    google.simulator.failFreeBusy(team, 'internalError');
    const subjects = [await subjectOf(user), await subjectOf(user, team)];
    const answers = await ask(subjects);
    expect(busyIn(answers.get(subjects[0]!.calendarId))).toEqual([]);
    expect(codeIn(answers.get((await calendarOf(workers, user, team)).id))).toBe('provider_unavailable');
    google.simulator.failFreeBusy(team, undefined);
    google.put(user.email, team, appointment('Team', 0, { start: after(day), end: after(day + hour) }));
    expect(busyIn((await ask(subjects)).get(subjects[1]!.calendarId))).toHaveLength(1);
  });
});
