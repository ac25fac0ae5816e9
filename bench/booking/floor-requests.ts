import { createHash } from 'node:crypto';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { WriteRequest } from './vendor-writes.ts';
import { minuteOf, type Wish } from './wishes.ts';

/** A request of ours as it reached the vendor, and what it was about. */
export interface Template {
  readonly request: WriteRequest;
  readonly wish: Wish;
}

export interface FloorAccount {
  readonly vendor: ProviderId;
  readonly email: string;
  readonly accessToken: string;
  /** Where the vendor is. */
  readonly origin: string;
}

/** What the same request is to be about. */
export interface FloorSubject {
  readonly account: FloorAccount;
  readonly interviewId: string;
  readonly wish: Wish;
  /** The vendor's; absent where the event is to be made. */
  readonly eventId?: string | undefined;
}

export interface FloorRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Those of the connection, and what the floor does without. */
const ownHeaders = new Set([
  'accept-encoding',
  'authorization',
  'connection',
  'content-length',
  'host',
  'if-match',
  'transfer-encoding',
  'user-agent',
]);

/** The very request that our adapter makes, of another event in another calendar, and whatever has become of the event. */
export function floorRequest(template: Template, subject: FloorSubject): FloorRequest {
  const { request } = template;
  const { account } = subject;
  const kept = Object.entries(request.headers).filter(([name]) => !ownHeaders.has(name));
  const query = new URLSearchParams(request.query).toString();
  return {
    url: `${account.origin}${pathOf(request.path, subject)}${query && `?${query}`}`,
    method: request.method,
    headers: { ...Object.fromEntries(kept), authorization: `Bearer ${account.accessToken}` },
    body: bodyOf(template, subject),
  };
}

/** Google's calendars are named by address; of Microsoft's nothing has to be known to write to the default one. */
function pathOf(path: string, { account, eventId }: FloorSubject): string {
  const calendar = account.vendor === 'google' ? `/calendars/${encodeURIComponent(account.email)}/` : '/';
  const inCalendar = path.replace(/\/calendars\/[^/]+\//, calendar);
  return eventId === undefined
    ? inCalendar
    : inCalendar.replace(/\/events\/[^/]+$/, `/events/${encodeURIComponent(eventId)}`);
}

/** Member by member; what is there to tell events apart is made anew. */
function bodyOf({ request, wish: said }: Template, { interviewId, wish }: FloorSubject): string {
  const anew = (text: string): string =>
    createHash('sha1').update(`${interviewId} ${wish.start} ${text}`).digest('hex');
  const textOf = (text: string): string => {
    if (text === said.title) return wish.title;
    for (const moment of ['start', 'end'] as const) {
      const minute = minuteOf(said[moment]);
      if (text.startsWith(minute)) return minuteOf(wish[moment]) + text.slice(minute.length);
    }
    return text.replace(/[0-9a-f]{40}/g, anew);
  };
  const body: unknown = JSON.parse(request.body, (name, value: unknown) => {
    if (typeof value !== 'string') return value;
    return name === 'transactionId' ? anew(value) : textOf(value);
  });
  return JSON.stringify(body);
}
