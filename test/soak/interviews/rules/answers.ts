import { isSameEvent, type Deed } from '../booking.ts';
import { editsOn, violation, type Case, type Violation } from '../case.ts';
import type { SeenEvent } from '../seen-event.ts';
import { attendeeSubject, valueIn } from '../subjects.ts';

type AnswerGiven = Extract<Deed, { kind: 'answer' }>;

/** What attendees have answered is still there, and the main app was told; of nobody it was told who has not answered so. */
export function judgeAnswers(one: Case): Violation[] {
  const [event] = one.own;
  const isBooked = one.view.state === 'booked' && event !== undefined;
  return [...(isBooked ? judgeCalendar(one, event) : []), ...judgeInvented(one)];
}

function judgeCalendar(one: Case, event: SeenEvent): Violation[] {
  const latest = new Map<string, AnswerGiven>();
  for (const given of answersIn(one)) if (isSameEvent(given.event, event)) latest.set(given.email, given);
  return [...latest.values()].flatMap((given) => judgeAnswer(one, event, given));
}

function judgeAnswer(one: Case, event: SeenEvent, given: AnswerGiven): Violation[] {
  const { email, answer, at } = given;
  const subject = attendeeSubject(email);
  const isThere = valueIn(event, subject) === 'invited';
  const wasAskedAnew = editsOn(one, subject).some((edit) => edit.at >= at) || wasDroppedSince(one, email, at);
  if (!isThere || wasAskedAnew) return [];
  const is = event.attendees.find((attendee) => attendee.email.toLowerCase() === email.toLowerCase())?.answer;
  // Outlook asks everybody anew when a meeting moves, and who is named in a change of the list.
  const isReset = event.provider === 'microsoft' && is === 'none';
  if (is !== answer && !isReset) return [violation(one, 'an answer is lost', given, is)];
  const wasTold = one.told.some(
    ({ type, at: toldAt, data }) =>
      type === 'interview.response' &&
      toldAt >= at &&
      data.answers?.some(({ response }) => response === answer),
  );
  return isReset || wasTold ? [] : [violation(one, 'an answer is not told', given, one.told)];
}

/** The main app has left them out of its list, and may have named them again. */
function wasDroppedSince({ booking }: Case, email: string, at: number): boolean {
  return booking.asks.some(
    (ask) =>
      ask.kind === 'put' &&
      ask.answeredAt >= at &&
      !ask.body.attendees.some((attendee) => attendee.email.toLowerCase() === email.toLowerCase()),
  );
}

function judgeInvented(one: Case): Violation[] {
  const given = answersIn(one);
  return one.told.flatMap((told) =>
    (told.data.answers ?? [])
      .filter(({ response }) => ['accepted', 'tentative', 'declined'].includes(response))
      .filter(({ response }) => !given.some(({ at, answer }) => at <= told.at && answer === response))
      .map((answer) => violation(one, 'told of an answer that nobody gave', undefined, { ...told, answer })),
  );
}

function answersIn({ booking }: Case): AnswerGiven[] {
  return booking.deeds.filter((deed) => deed.kind === 'answer');
}
