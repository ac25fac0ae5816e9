import { createHash } from 'node:crypto';

import { invalid } from './errors.ts';
import type { GoogleEvent } from './wire.ts';

export interface ConferenceData {
  createRequest?: {
    requestId?: string;
    conferenceSolutionKey?: { type?: string };
    status?: { statusCode?: 'pending' | 'success' | 'failure' };
  };
  entryPoints?: object[];
  conferenceSolution?: object;
  conferenceId?: string;
  [member: string]: unknown;
}

/**
 * The conference of an event after a write: a request that was not made before becomes pending, one with the same
 * `requestId` is ignored (Discovery, `CreateConferenceRequest.requestId`).
 */
export function requestedConference(
  before: ConferenceData | undefined,
  given: ConferenceData,
): ConferenceData | undefined {
  const { createRequest } = given;
  if (!createRequest) return given;
  if (createRequest.requestId === before?.createRequest?.requestId) return before;
  if (!createRequest.requestId) throw invalid('Missing conference request id.');
  const { type = 'hangoutsMeet' } = createRequest.conferenceSolutionKey ?? {};
  if (type !== 'hangoutsMeet') throw invalid('Invalid conference type value.');
  return {
    createRequest: {
      requestId: createRequest.requestId,
      conferenceSolutionKey: { type },
      status: { statusCode: 'pending' },
    },
  };
}

export function isPending(event: GoogleEvent): boolean {
  return conferenceOf(event)?.createRequest?.status?.statusCode === 'pending';
}

export function conferenceOf(event: GoogleEvent): ConferenceData | undefined {
  return event['conferenceData'] as ConferenceData | undefined;
}

/** What the event holds once Google has made up its mind about a pending request. */
export function settledConference(
  event: GoogleEvent,
  outcome: 'success' | 'failure',
): { conferenceData: ConferenceData; hangoutLink?: string } {
  const { createRequest } = conferenceOf(event) ?? {};
  const settled = { createRequest: { ...createRequest, status: { statusCode: outcome } } };
  if (outcome === 'failure') return { conferenceData: settled };
  const code = meetingCode(`${event.iCalUID} ${createRequest?.requestId}`);
  const uri = `https://meet.google.com/${code}`;
  return {
    hangoutLink: uri,
    conferenceData: {
      ...settled,
      entryPoints: [{ entryPointType: 'video', uri, label: `meet.google.com/${code}` }],
      conferenceSolution: {
        key: { type: 'hangoutsMeet' },
        name: 'Google Meet',
        iconUri: 'https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/logo.png',
      },
      conferenceId: code,
    },
  };
}

/** `abc-defg-hij` */
function meetingCode(of: string): string {
  const letters = [...createHash('sha256').update(of).digest().subarray(0, 10)].map((byte) =>
    String.fromCodePoint(97 + (byte % 26)),
  );
  return [letters.slice(0, 3), letters.slice(3, 7), letters.slice(7)].map((part) => part.join('')).join('-');
}
