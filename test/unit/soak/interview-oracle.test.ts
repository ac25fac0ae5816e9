import { describe, expect, it } from 'vitest';
import { candidateOf, type InterviewBody } from '../../soak/interviews/body.ts';
import { judge } from '../../soak/interviews/oracle.ts';
import type { SeenEvent } from '../../soak/interviews/seen-event.ts';
import {
  asItShouldBe,
  body,
  changed,
  deletion,
  edit,
  elsewhere,
  event,
  evidenceOf,
  id,
  mail,
  put,
  viewOf,
  viewWithout,
  type OneInterview,
} from './interview-evidence.ts';

/** What the oracle says of an interview that is as it should be, but for this. */
function findings(change: (one: OneInterview) => void): string[] {
  const one = asItShouldBe();
  change(one);
  return judge(evidenceOf([one])).violations.map(({ field }) => field);
}

/** The calendar says so, and `GET` shows it. */
function show(one: OneInterview, seen: Partial<SeenEvent>, wanted: InterviewBody = body): void {
  const now = { ...event, ...seen };
  one.events.splice(0, 1, now);
  one.view = { ...viewOf(wanted, now), revision: one.view.revision };
}

function ask(one: OneInterview, sentAt: number, change: Partial<InterviewBody>): InterviewBody {
  const wanted = { ...body, ...change };
  one.booking.asks.push(put(sentAt, 2, wanted));
  one.view = { ...one.view, revision: 2, requested: wanted };
  one.told.push({ type: 'interview.updated', at: sentAt + 500, data: { revision: 2 } });
  return wanted;
}

/** The same, and nobody has told that it was written. */
function askUnwritten(
  one: OneInterview,
  sentAt: number,
  revision: number,
  change: Partial<InterviewBody>,
): InterviewBody {
  const wanted = { ...body, ...change };
  one.booking.asks.push(put(sentAt, revision, wanted));
  one.view = { ...one.view, revision, requested: wanted };
  return wanted;
}

function updated(at: number, revision: number): OneInterview['told'][number] {
  return { type: 'interview.updated', at, data: { revision } };
}

const edited = { title: 'By hand' };
const pete = 'attendee pete@panel.example';
const withPete = {
  attendees: [...event.attendees, { email: 'pete@panel.example', answer: 'none' as const }],
};

describe('of what is as it should be, the oracle of the model run says nothing', () => {
  it.each<[string, (one: OneInterview) => void]>([
    ['a booking', () => undefined],
    [
      'an edit that was followed, and told so',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'By hand'));
        one.told.push(changed(4000, ['title']));
        show(one, edited);
      },
    ],
    [
      'an edit that was put back, and told so',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'By hand'));
        one.told.push(changed(4000, ['title'], 'put_back'));
      },
    ],
    [
      'an edit about which the main app has said something else since',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'By hand'));
        show(one, { title: 'Later' }, ask(one, 3500, { title: 'Later' }));
      },
    ],
    [
      'words in an event that somebody has made private, which are not ours to read',
      (one) => {
        one.booking.deeds.push(edit(3000, 'visibility', 'private'), edit(3500, 'title', 'By hand'));
        one.told.push(changed(4000, ['visibility']));
        show(one, { ...edited, visibility: 'private' });
      },
    ],
    [
      'words in an event that somebody has made private, written over by what was to be written by then',
      (one) => {
        const wanted = askUnwritten(one, 2500, 2, { title: 'Second' });
        one.booking.deeds.push(edit(3000, 'title', 'By hand'), edit(3500, 'visibility', 'private'));
        one.told.push(changed(4000, ['visibility']), updated(4100, 2));
        show(one, { title: 'Second', visibility: 'private' }, wanted);
      },
    ],
    [
      'somebody whom people have added, and whom the main app has named and left out again unwritten',
      (one) => {
        one.booking.deeds.push(edit(2500, pete, 'invited'));
        one.told.push(changed(2600, ['attendees']));
        askUnwritten(one, 3000, 2, { attendees: withPete.attendees });
        const wanted = askUnwritten(one, 3100, 3, { title: 'Third' });
        one.told.push(updated(4000, 3));
        show(one, { ...withPete, title: 'Third' }, wanted);
      },
    ],
    [
      'one that was withdrawn',
      (one) => {
        one.booking.asks.push({ kind: 'withdrawal', sentAt: 3000, answeredAt: 3010, turn: 3000 });
        one.events.length = 0;
        one.told.push({ type: 'interview.cancelled', at: 4000, data: { revision: 1, by: 'main_app' } });
        one.mails.push(...body.attendees.map(({ email }) => mail(3500, email, 'cancellation')));
        one.view = viewWithout('cancelled');
      },
    ],
    [
      'words in an event that was being taken out, of one that was withdrawn and is wanted again',
      (one) => {
        one.booking.asks.push({ kind: 'withdrawal', sentAt: 3000, answeredAt: 3010, turn: 3000 });
        const wanted = askUnwritten(one, 3020, 2, { title: 'Second' });
        one.booking.deeds.push(edit(3100, 'location', 'By hand'));
        one.told.push({ type: 'interview.booked', at: 4000, data: { revision: 2 } });
        const [iCalUID, people] = ['event-2@google.com', body.attendees.map(({ email }) => email)];
        one.mails.push(...people.map((email) => mail(3200, email, 'cancellation')));
        one.mails.push(...people.map((email) => ({ ...mail(3900, email), iCalUID })));
        show(one, { id: 'event-2', iCalUID, title: 'Second' }, wanted);
      },
    ],
    [
      'one that somebody has deleted',
      (one) => {
        remove(one);
        one.view = viewWithout('removed_by_user');
      },
    ],
  ])('%s', (_, change) => {
    expect(findings(change)).toEqual([]);
  });
});

function remove(one: OneInterview): void {
  one.booking.deeds.push(deletion(3000));
  one.told.push({ type: 'interview.cancelled', at: 4000, data: { revision: 1, by: 'user' } });
  one.events.length = 0;
  one.mails.push(...body.attendees.map(({ email }) => mail(3000, email, 'cancellation', true)));
}

describe('the oracle of the model run names each thing that must not be', () => {
  it.each<[string, (one: OneInterview) => void]>([
    ['one event for one interview (I8)', (one) => one.events.push({ ...event, id: 'event-2' })],
    ['one event for one interview (I8)', (one) => (one.events.length = 0)],
    ['is in another calendar', (one) => one.events.splice(0, 1, { ...event, ...elsewhere })],
    [
      'no event that nobody wants',
      (one) => one.booking.asks.push({ kind: 'withdrawal', sentAt: 3000, answeredAt: 3010, turn: 3000 }),
    ],
    ['is not settled', (one) => (one.view = { ...one.view, state: 'pending' })],
    [
      'is removed_by_user',
      (one) => {
        one.events.length = 0;
        one.view = viewWithout('removed_by_user');
      },
    ],
    [
      'deleted by hand, and made again unasked',
      (one) => {
        remove(one);
        show(one, { id: 'event-2' });
      },
    ],
    [
      'has failed for another reason',
      (one) => (one.view = { ...one.view, state: 'failed', reason: { code: 'internal', message: '' } }),
    ],
    ['in conflict, unasked', (one) => (one.view = { ...one.view, state: 'conflict' })],
    ['says what nobody asked for: title', (one) => show(one, { title: 'Something else' })],
    ['says what nobody asked for: time', (one) => show(one, { start: event.start + 60_000 })],
    [
      `says what nobody asked for: attendee ${candidateOf(id)}`,
      (one) => show(one, { attendees: event.attendees.slice(1) }),
    ],
    ['an edit by people is lost: title', (one) => one.booking.deeds.push(edit(3000, 'title', 'By hand'))],
    [
      'an edit by people is not told: title',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'By hand'));
        show(one, edited);
      },
    ],
    [
      'told as followed, and yet overwritten: title',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'By hand'));
        one.told.push(changed(4000, ['title']));
      },
    ],
    [
      'told as put back, and yet there: title',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'By hand'));
        one.told.push(changed(4000, ['title'], 'put_back'));
        show(one, edited);
      },
    ],
    [
      'says what nobody said last: title',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'First'), edit(3100, 'title', 'Second'));
        one.told.push(changed(4000, ['title']));
        show(one, { title: 'First' });
      },
    ],
    [
      'what the main app asked for is lost: title',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'By hand'));
        one.told.push(changed(4000, ['title']));
        show(one, edited, ask(one, 5000, { title: 'Later' }));
      },
    ],
    [
      "people's own attendee: attendee pete@panel.example",
      (one) => {
        one.booking.deeds.push(edit(3000, 'attendee pete@panel.example', 'invited'));
        one.told.push(changed(4000, ['attendees']));
      },
    ],
    [
      'what the main app asked for is lost: attendee pete@panel.example',
      (one) => {
        one.booking.deeds.push(edit(2500, pete, 'invited'));
        one.told.push(changed(2600, ['attendees']));
        ask(one, 3000, { attendees: withPete.attendees });
        const wanted = askUnwritten(one, 40_000, 3, { title: 'Third' });
        one.told.push(updated(41_000, 3));
        show(one, { ...withPete, title: 'Third' }, wanted);
      },
    ],
    [
      'an edit by people is lost: title',
      (one) => {
        const wanted = ask(one, 2500, { title: 'Second' });
        one.booking.deeds.push(edit(3500, 'title', 'By hand'), edit(3600, 'visibility', 'private'));
        one.told.push(changed(4000, ['visibility']));
        show(one, { title: 'Second', visibility: 'private' }, wanted);
      },
    ],
    ['an answer is lost', (one) => one.booking.deeds.push(answer(3000, 'accepted'))],
    [
      'an answer is not told',
      (one) => {
        one.booking.deeds.push(answer(3000, 'accepted'));
        show(one, {
          attendees: event.attendees.map((attendee) => ({
            ...attendee,
            answer: attendee.email === candidateOf(id) ? 'accepted' : 'none',
          })),
        });
      },
    ],
    [
      'told of an answer that nobody gave',
      (one) =>
        one.told.push({
          type: 'interview.response',
          at: 3000,
          data: { revision: 1, answers: [{ response: 'declined' }] },
        }),
    ],
    ['told of an edit that nobody made: title', (one) => one.told.push(changed(3000, ['title']))],
    [
      'told of an edit that nobody made: title',
      (one) => {
        one.booking.deeds.push(edit(5000, 'title', 'By hand'));
        one.told.push(changed(4000, ['title']), changed(6000, ['title']));
        show(one, edited);
      },
    ],
    [
      'told of a move to where nobody moved it',
      (one) =>
        one.told.push({
          type: 'interview.moved',
          at: 3000,
          data: { revision: 1, handling: 'left', to: { start: body.end, end: body.end } },
        }),
    ],
    [
      'told of a removal that nobody made',
      (one) => one.told.push({ type: 'interview.cancelled', at: 3000, data: { revision: 1, by: 'user' } }),
    ],
    [
      'told twice of one revision',
      (one) => one.told.push({ type: 'interview.updated', at: 3000, data: { revision: 1 } }),
    ],
    [
      'put back more than once in one revision',
      (one) => {
        one.booking.deeds.push(edit(3000, 'title', 'First'), edit(5000, 'title', 'Second'));
        one.told.push(changed(4000, ['title'], 'put_back'), changed(6000, ['title'], 'put_back'));
      },
    ],
    ['the last news is of another state', (one) => (one.told.length = 0)],
    ['the same mail twice', (one) => one.mails.push(mail(1600, 'paula@panel.example'))],
    ['more mails than changes: invitation', (one) => one.mails.push(mail(1600, candidateOf(id)))],
    ['more mails than changes: update', (one) => one.mails.push(mail(1600, candidateOf(id), 'update'))],
    [
      'mails that the main app did not want',
      (one) => one.booking.asks.splice(0, 1, put(1000, 1, { ...body, sendInvitations: false })),
    ],
    ['shows another wish', (one) => (one.view = { ...one.view, requested: { ...body, title: 'Other' } })],
    ['the revision goes back', (one) => (one.view = { ...one.view, revision: 0 })],
    ['shows another event', (one) => one.events.splice(0, 1, { ...event, location: 'Room 5' })],
    ['shows another place', (one) => one.events.splice(0, 1, { ...event, id: 'event-2' })],
    [
      'shows another link',
      (one) => one.events.splice(0, 1, { ...event, joinUrl: 'https://meet.google.com/abc' }),
    ],
    ['is up to date', (one) => (one.view = { ...one.view, upToDate: false })],
    [
      'does not follow',
      (one) => (one.view = { ...one.view, desired: { ...one.view.desired, title: 'Other' } }),
    ],
    [
      'shows an event that is gone',
      (one) => {
        remove(one);
        one.view = { ...one.view, state: 'removed_by_user' };
      },
    ],
    ['an event of no interview', (one) => one.events.push({ ...event, interviewId: 'it-9' })],
  ])('%s', (what, change) => {
    expect(findings(change)).toContain(what);
  });
});

function answer(at: number, given: 'accepted' | 'declined') {
  return { kind: 'answer', at, by: 'it', event, email: candidateOf(id), answer: given } as const;
}

describe('a race for one slot', () => {
  const racing = (name: string, state: string): OneInterview => {
    const one = asItShouldBe();
    const checking = { ...body, checkConflicts: true };
    one.booking.asks.splice(0, 1, put(1000, 1, checking));
    const booking = { ...one.booking, id: name, race: 'a slot' };
    return { ...one, booking, events: [], mails: [], view: { ...viewWithout(state, checking), id: name } };
  };
  const fieldsOf = (...states: string[]): string[] =>
    judge(evidenceOf(states.map((state, index) => racing(`it-${index}`, state)))).violations.map(
      ({ field }) => field,
    );

  it('is fair where one is booked and the others are in conflict', () => {
    expect(fieldsOf('booked', 'conflict')).not.toContain('one of a race has the slot');
  });

  it.each([
    ['booked', 'booked'],
    ['conflict', 'conflict'],
  ])('is not where they are %s and %s', (one, other) => {
    expect(fieldsOf(one, other)).toContain('one of a race has the slot');
  });
});
