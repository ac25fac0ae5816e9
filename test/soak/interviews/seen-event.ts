import type { ProviderId } from '../../../src/domain/provider-id.ts';
import type { GoogleEvent } from '../../simulators/google/wire.ts';
import type { GraphEvent } from '../../simulators/microsoft/index.ts';
import { outlookText } from './event-text.ts';

/** An event of an interview as a provider has it: what the oracle goes by. */
export interface SeenEvent {
  readonly provider: ProviderId;
  /** Whose calendar it is in, and in which. */
  readonly email: string;
  readonly calendarId: string;
  readonly id: string;
  readonly iCalUID: string;
  readonly etag: string;
  /** Organized here; else a guest's copy. */
  readonly own: boolean;
  /** By the tag in its description. */
  readonly interviewId: string;
  readonly title: string;
  readonly description: string;
  readonly location: string;
  readonly start: number;
  readonly end: number;
  readonly allDay: boolean;
  readonly visibility: 'default' | 'private';
  /** The organizer is none of them. */
  readonly attendees: readonly SeenAttendee[];
  readonly joinUrl?: string | undefined;
  /** As the provider has it, for whoever changes it. */
  readonly native: GoogleEvent | GraphEvent;
}

export interface SeenAttendee {
  readonly email: string;
  readonly answer: Answer;
}

export type Answer = 'accepted' | 'tentative' | 'declined' | 'none';

type Where = Pick<SeenEvent, 'email' | 'calendarId'>;

/** Undefined where it is no interview's. */
export function seenAtGoogle(item: GoogleEvent, where: Where): SeenEvent | undefined {
  const description = item.description ?? '';
  const interviewId = tagIn(description);
  if (interviewId === undefined) return undefined;
  const at = ({ date, dateTime }: { date?: string; dateTime?: string } = {}): number =>
    Date.parse(dateTime ?? `${date}T00:00:00Z`);
  const link = item['hangoutLink'];
  return {
    provider: 'google',
    ...where,
    id: item.id ?? '',
    iCalUID: item.iCalUID ?? '',
    etag: item.etag ?? '',
    own: item.organizer?.self === true,
    interviewId,
    title: item.summary ?? '',
    description,
    location: item.location ?? '',
    start: at(item.start),
    end: at(item.end),
    allDay: item.start?.date !== undefined,
    visibility: privacyOf(item.visibility ?? 'default'),
    attendees: (item.attendees ?? [])
      .filter(({ organizer, email }) => organizer !== true && email !== item.organizer?.email)
      .map(({ email = '', responseStatus = '' }) => ({
        email,
        answer: googleAnswers[responseStatus] ?? 'none',
      })),
    joinUrl: typeof link === 'string' ? link : undefined,
    native: item,
  };
}

/** What is read of an event of Graph, written in UTC. */
interface GraphWire extends GraphEvent {
  readonly '@odata.etag': string;
  readonly iCalUId: string;
  readonly subject: string;
  readonly body: { readonly contentType: string; readonly content: string };
  readonly location: { readonly displayName: string } | null;
  readonly start: { readonly dateTime: string };
  readonly end: { readonly dateTime: string };
  readonly isAllDay: boolean;
  readonly isOrganizer: boolean;
  readonly sensitivity: string;
  readonly attendees: readonly {
    readonly emailAddress: { readonly address: string };
    readonly status: { readonly response: string };
  }[];
  readonly onlineMeeting: { readonly joinUrl: string } | null;
}

/** Undefined where it is no interview's. */
export function seenAtMicrosoft(event: GraphEvent, where: Where): SeenEvent | undefined {
  const item = event as GraphWire;
  const description = outlookText(item.body);
  const interviewId = tagIn(description);
  if (interviewId === undefined) return undefined;
  const at = ({ dateTime }: { readonly dateTime: string }): number => Date.parse(`${dateTime.slice(0, 23)}Z`);
  return {
    provider: 'microsoft',
    ...where,
    id: item.id,
    iCalUID: item.iCalUId,
    etag: item['@odata.etag'],
    own: item.isOrganizer,
    interviewId,
    title: item.subject,
    description,
    location: item.location?.displayName ?? '',
    start: at(item.start),
    end: at(item.end),
    allDay: item.isAllDay,
    visibility: privacyOf(item.sensitivity),
    attendees: item.attendees.map(({ emailAddress: { address }, status }) => ({
      email: address,
      answer: graphAnswers[status.response] ?? 'none',
    })),
    joinUrl: item.onlineMeeting?.joinUrl,
    native: event,
  };
}

function tagIn(text: string): string | undefined {
  return /\[\[([\w-]+)\]\]/.exec(text)?.[1];
}

function privacyOf(name: string): SeenEvent['visibility'] {
  return name === 'private' || name === 'confidential' ? 'private' : 'default';
}

const googleAnswers: Readonly<Record<string, Answer>> = {
  accepted: 'accepted',
  tentative: 'tentative',
  declined: 'declined',
};

const graphAnswers: Readonly<Record<string, Answer>> = {
  accepted: 'accepted',
  tentativelyAccepted: 'tentative',
  declined: 'declined',
};
