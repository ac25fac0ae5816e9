/** What a PUT asks for; times in UTC. */
export interface Wish {
  readonly organizer: { readonly userId: string };
  readonly title: string;
  readonly start: string;
  readonly end: string;
  readonly [member: string]: unknown;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const minutesEach = 45;
const firstDay = 3;
/** Well within what is synced. */
const lastDay = 150;

/**
 * Gives wishes one after another, each of which begins a minute after the one before: by that moment, and by nothing else
 * that would have to be looked for, a write at a vendor is known to be this wish's.
 */
export function wishMaker(nowMs: number): (interviewId: string, userId: string) => Wish {
  const midnight = Math.floor(nowMs / dayMs) * dayMs;
  let given = 0;
  return (interviewId, userId) => {
    const startMs = midnight + firstDay * dayMs + given * minuteMs;
    if (startMs > midnight + lastDay * dayMs) throw new Error('there is no minute left for another wish');
    given += 1;
    return wishAt(interviewId, userId, startMs);
  };
}

function wishAt(interviewId: string, userId: string, startMs: number): Wish {
  return {
    organizer: { userId },
    title: titleOf(interviewId),
    description:
      'Second round: an hour with the team, and a look at the exercise. The link is in this entry.',
    location: 'Room 4, second floor',
    start: new Date(startMs).toISOString(),
    end: new Date(startMs + minutesEach * minuteMs).toISOString(),
    timeZone: 'UTC',
    attendees: [
      { email: 'candidate@elsewhere.example', name: 'The candidate' },
      { email: 'interviewer@partner.example', name: 'An interviewer', optional: true },
    ],
    conference: 'provider_default',
    reminders: [15],
    sendInvitations: true,
    policy: 'follow',
  };
}

export function titleOf(interviewId: string): string {
  return `Interview ${interviewId}`;
}

/** To the minute: `2026-12-01T09:17`. */
export function minuteOf(dateTime: string): string {
  return dateTime.slice(0, 16);
}
