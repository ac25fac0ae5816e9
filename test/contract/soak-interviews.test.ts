import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { startGoogleSimulator, type GoogleSimulator } from '../simulators/google/index.ts';
import { startMicrosoftSimulator, type MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { anchorAt } from '../soak/dates.ts';
import { candidateOf, tagOf, type Organizer } from '../soak/interviews/body.ts';
import { newBooking, type Booking } from '../soak/interviews/booking.ts';
import { interviewEvents } from '../soak/interviews/calendars.ts';
import { googleHand } from '../soak/interviews/google-hand.ts';
import type { Hand } from '../soak/interviews/hand.ts';
import { createMailLog, type MailLog } from '../soak/interviews/mail-log.ts';
import { microsoftHand } from '../soak/interviews/microsoft-hand.ts';
import { meddle } from '../soak/interviews/people.ts';
import type { Request, Secretary } from '../soak/interviews/secretary.ts';
import type { SeenEvent } from '../soak/interviews/seen-event.ts';
import { valueIn } from '../soak/interviews/subjects.ts';
import { wish } from '../soak/interviews/wishes.ts';
import type { Account } from '../soak/model.ts';
import { emptyCalendar } from '../soak/operations.ts';
import { createRandom } from '../soak/random.ts';

// What the model run of interviews sees and does at the providers (docs/testing.md); the run itself needs the product.

const now = () => new Date('2026-11-23T09:00:00Z');
const anchor = anchorAt(now());
const paula = 'paula@panel.example';

interface Providers {
  readonly google: GoogleSimulator;
  readonly microsoft: MicrosoftSimulator;
  readonly accounts: readonly Account[];
  readonly hands: Readonly<Record<ProviderId, Hand>>;
  readonly mails: MailLog;
  look(): SeenEvent[];
  close(): Promise<void>;
}

let world: Providers;
beforeEach(async () => {
  world = await open();
});
afterEach(() => world.close());

describe.each<ProviderId>(['google', 'microsoft'])('people at %s', (provider) => {
  const at = (id: string): SeenEvent => {
    const found = world.look().find(({ own, interviewId }) => own && interviewId === id);
    if (found === undefined) throw new Error(`there is no event of ${id}`);
    return found;
  };

  it('an event is known for its interview’s, by its description, with what it says', () => {
    book(world, provider, 'it-1');
    expect(at('it-1')).toMatchObject({
      provider,
      own: true,
      title: 'Interview it-1',
      start: Date.parse('2026-12-01T10:00:00Z'),
      end: Date.parse('2026-12-01T11:00:00Z'),
      location: 'Room 4',
      visibility: 'default',
    });
    expect(valueIn(at('it-1'), 'description')).toBe('[[it-1]] R&D <Team>');
    expect(valueIn(at('it-1'), `attendee ${candidateOf('it-1')}`)).toBe('invited');
  });

  it('a guest at the same provider has a copy, which is told from the event', () => {
    const guest = world.accounts.find((one) => one.provider === provider && one.email.startsWith('guest'));
    book(world, provider, 'it-1', [guest?.email ?? '']);
    const seen = world.look().map(({ own, email }) => [own, email]);
    expect(seen.toSorted()).toEqual([
      [false, guest?.email],
      [true, at('it-1').email],
    ]);
  });

  it('each change is made as it was meant, and nothing else', () => {
    book(world, provider, 'it-1');
    const hand = world.hands[provider];
    hand.change(at('it-1'), { title: 'By hand' });
    hand.change(at('it-1'), { location: 'Room 5' });
    hand.change(at('it-1'), { note: 'Note: 1 < 2' });
    hand.change(at('it-1'), { visibility: 'private' });
    hand.change(at('it-1'), {
      start: Date.parse('2026-12-02T08:00:00Z'),
      end: Date.parse('2026-12-02T09:30:00Z'),
    });
    hand.invite(at('it-1'), 'new@panel.example');
    hand.uninvite(at('it-1'), paula);
    hand.answer(at('it-1'), candidateOf('it-1'), 'tentative');
    const event = at('it-1');
    expect(event).toMatchObject({
      title: 'By hand',
      location: 'Room 5',
      visibility: 'private',
      start: Date.parse('2026-12-02T08:00:00Z'),
      end: Date.parse('2026-12-02T09:30:00Z'),
    });
    expect(valueIn(event, 'description')).toContain('[[it-1]] R&D <Team>');
    expect(event.attendees.map(({ email, answer }) => [email, answer])).toEqual([
      [candidateOf('it-1'), 'tentative'],
      ['new@panel.example', 'none'],
    ]);
    hand.remove(event);
    expect(world.look()).toEqual([]);
  });

  it('what they do is written down as it is to be found, and their mails as theirs', () => {
    const booking = newBooking('it-1');
    book(world, provider, 'it-1');
    const { hands, mails, look } = world;
    const sent = mails.all().length;
    const random = createRandom(7);
    for (let deeds = 0; deeds < 200; deeds += 1) {
      if (look().length === 0) book(world, provider, 'it-1');
      meddle({ random, anchor, hands, mails, look, colleagues: [paula, 'new@panel.example'] }, booking);
    }
    expect(new Set(booking.deeds.map(({ kind }) => kind))).toEqual(new Set(['edit', 'answer', 'deletion']));
    if (look().length === 0) book(world, provider, 'it-1');
    expect(latestOf(booking, at('it-1'))).toEqual(foundOf(booking, at('it-1')));
    expect(
      mails
        .all()
        .slice(sent)
        .filter(({ byPeople }) => byPeople).length,
    ).toBeGreaterThan(20);
  });
});

/** The last that was done to each part of the event that is there now. */
function latestOf({ deeds }: Booking, { id }: SeenEvent): [string, string][] {
  const own = deeds.filter((deed) => deed.kind === 'edit').filter(({ event }) => event.id === id);
  return [...new Map(own.map(({ subject, value }) => [subject, value]))];
}

function foundOf(booking: Booking, event: SeenEvent): [string, string][] {
  const subjects = booking.deeds.flatMap((deed) =>
    deed.kind === 'edit' && deed.event.id === event.id ? [deed.subject] : [],
  );
  return [...new Set(subjects)].map((subject) => [subject, valueIn(event, subject)]);
}

describe('the main app of the run', () => {
  it('the same seed wants the same, so that a failure can be repeated', () => {
    expect(wishes(7)).toEqual(wishes(7));
    expect(wishes(8)).not.toEqual(wishes(7));
  });

  it('wants everything that it can want, and asks nobody who organizes', () => {
    const { kinds, asked } = wishes(7);
    expect(kinds.size).toBeGreaterThan(12);
    for (const { request } of asked) {
      if (request.kind !== 'put') continue;
      const { organizer, attendees } = request.body;
      const own = organizers.find(
        ({ userId, calendarId }) => userId === organizer.userId && calendarId === organizer.calendarId,
      )?.own;
      expect(attendees.filter(({ email }) => own?.includes(email))).toEqual([]);
    }
  });
});

const organizers: readonly Organizer[] = [
  { userId: 'ada', providers: ['google'], emails: ['ada@x.example'], own: ['ada@x.example'] },
  {
    userId: 'kim',
    providers: ['google', 'microsoft'],
    emails: ['kim.g@x.example', 'kim.m@x.example'],
    own: ['kim.g@x.example', 'kim.m@x.example'],
  },
  {
    userId: 'kim',
    calendarId: 'c1',
    providers: ['microsoft'],
    emails: ['kim.g@x.example', 'kim.m@x.example'],
    own: ['kim.m@x.example'],
  },
];

function wishes(seed: number) {
  const asked: { readonly id: string; readonly request: Request }[] = [];
  const secretary: Secretary = {
    ask: async ({ id }, requests) => void asked.push(...requests.map((request) => ({ id, request }))),
    askStale: async () => undefined,
    answered: async () => undefined,
    takenStale: [],
  };
  const bookings: Booking[] = [];
  const kinds = new Set<string>();
  let [ids, races] = [0, 0];
  const random = createRandom(seed);
  for (let steps = 0; steps < 300; steps += 1) {
    const done = wish({
      random,
      anchor,
      bookings,
      secretary,
      organizers,
      colleagues: ['ada@x.example', 'kim.g@x.example', 'kim.m@x.example', paula],
      newId: () => `it-${(ids += 1)}`,
      newRace: () => (races += 1) - 1,
    });
    if (done !== undefined) kinds.add(done.kind);
  }
  return { asked, kinds };
}

/** As a product does that makes no mistakes. */
function book(
  { google, microsoft, accounts }: Providers,
  provider: ProviderId,
  id: string,
  guests: string[] = [],
) {
  const emails = [candidateOf(id), paula, ...guests];
  const account = accounts.find((one) => one.provider === provider);
  if (account === undefined) throw new Error(`nobody is at ${provider}`);
  const [start, end] = ['2026-12-01T10:00:00', '2026-12-01T11:00:00'];
  if (provider === 'google') {
    google.createEvent(account.email, 'primary', {
      summary: `Interview ${id}`,
      description: `${tagOf(id)} R&D <Team>`,
      location: 'Room 4',
      start: { dateTime: `${start}Z` },
      end: { dateTime: `${end}Z` },
      attendees: emails.map((email) => ({ email })),
    });
    return;
  }
  const created = microsoft.putEvent(account.email, 'default', {
    subject: `Interview ${id}`,
    body: { contentType: 'html', content: `<div>${tagOf(id)} R&amp;D &lt;Team&gt;</div>${joinBlock}` },
    location: { displayName: 'Room 4', locationType: 'default' },
    start: { dateTime: start, timeZone: 'UTC' },
    end: { dateTime: end, timeZone: 'UTC' },
    attendees: emails.map((address) => ({
      type: 'required',
      status: { response: 'none', time: '0001-01-01T00:00:00Z' },
      emailAddress: { address, name: address },
    })),
  });
  microsoft.sendInvitations(account.email, created.id);
}

const line = '_'.repeat(80);
const joinBlock = `<div>${line}<br><span>Microsoft Teams meeting</span><br><a href="u">Join: u</a><br>${line}</div>`;

async function open(): Promise<Providers> {
  const [google, microsoft] = await Promise.all([
    startGoogleSimulator({ now }),
    startMicrosoftSimulator({ now }),
  ]);
  const at = (provider: ProviderId, email: string): Account => {
    const calendarId =
      provider === 'google'
        ? google.addUser({ email }).email
        : microsoft.addUser({ email, name: email }).calendarId;
    const calendars = new Map([[calendarId, emptyCalendar(calendarId, true)]]);
    return { provider, userId: email, email, calendars, connectionIds: new Set(), attemptIds: [] };
  };
  const accounts = [
    at('google', 'ada@soak.example'),
    at('google', 'guest.g@soak.example'),
    at('microsoft', 'grace@soak.example'),
    at('microsoft', 'guest.m@soak.example'),
  ];
  const vendors = { google, microsoft };
  return {
    ...vendors,
    accounts,
    hands: { google: googleHand(google), microsoft: microsoftHand(microsoft) },
    mails: createMailLog(vendors),
    look: () => interviewEvents(vendors, accounts, anchor),
    close: async () => void (await Promise.all([google.close(), microsoft.close()])),
  };
}
