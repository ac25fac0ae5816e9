import type { Change } from '../domain/change.ts';
import { failure } from '../domain/failure.ts';

const common = {
  id: '66f1a2b3c4d5e6f708192a3b',
  userId: 'user-1024',
  connectionId: '66f1a2c0c4d5e6f708192a3c',
  at: new Date('2026-11-23T09:00:00Z'),
};
const interviewId = 'interview-4711';
const monday = { start: new Date('2026-11-30T13:00:00Z'), end: new Date('2026-11-30T14:00:00Z') };
const tuesday = { start: new Date('2026-12-01T13:00:00Z'), end: new Date('2026-12-01T14:00:00Z') };

/** One of each kind, as the documentation shows them. */
export const changeExamples = {
  'connection.connected': {
    ...common,
    type: 'connection.connected',
    sequence: 1,
    data: { provider: 'google', reconnected: false },
  },
  'connection.reauth_required': {
    ...common,
    type: 'connection.reauth_required',
    sequence: 7,
    data: { reason: failure('grant_revoked', 'google refused the refresh token.') },
  },
  'connection.disconnected': {
    ...common,
    type: 'connection.disconnected',
    sequence: 19,
    data: { provider: 'google' },
  },
  'events.changed': {
    ...common,
    type: 'events.changed',
    sequence: 8,
    data: {
      calendarId: '66f1a2c9c4d5e6f708192a3d',
      eventIds: ['7eo3p2v4k9'],
      removedIds: [],
      range: { start: new Date('2026-11-24T13:00:00Z'), end: new Date('2026-11-24T15:00:00Z') },
      count: 1,
    },
  },
  'interview.booked': {
    ...common,
    type: 'interview.booked',
    sequence: 9,
    data: { interviewId, revision: 1 },
  },
  'interview.updated': {
    ...common,
    type: 'interview.updated',
    sequence: 10,
    data: { interviewId, revision: 2 },
  },
  'interview.moved': {
    ...common,
    type: 'interview.moved',
    sequence: 11,
    data: { interviewId, revision: 3, handling: 'followed', from: monday, to: tuesday },
  },
  'interview.changed': {
    ...common,
    type: 'interview.changed',
    sequence: 12,
    data: { interviewId, revision: 4, handling: 'followed', fields: ['title', 'location'] },
  },
  'interview.response': {
    ...common,
    type: 'interview.response',
    sequence: 13,
    data: {
      interviewId,
      revision: 4,
      answers: [{ attendee: 0, resource: false, response: 'tentative', proposed: monday }],
    },
  },
  'interview.cancelled': {
    ...common,
    type: 'interview.cancelled',
    sequence: 14,
    data: { interviewId, revision: 4, by: 'user' },
  },
  'interview.conflict': {
    ...common,
    type: 'interview.conflict',
    sequence: 15,
    data: { interviewId, revision: 5, clash: tuesday },
  },
  'interview.waiting': {
    ...common,
    type: 'interview.waiting',
    sequence: 16,
    data: { interviewId, revision: 6, reason: failure('grant_revoked', 'google refused the refresh token.') },
  },
  'interview.failed': {
    ...common,
    type: 'interview.failed',
    sequence: 17,
    data: {
      interviewId,
      revision: 6,
      reason: failure('conference_unavailable', 'microsoft makes no such meeting link in this calendar.'),
    },
  },
  'interview.conference': {
    ...common,
    type: 'interview.conference',
    sequence: 18,
    data: { interviewId, revision: 7, state: 'ready' },
  },
  'hold.slot_removed': {
    ...common,
    type: 'hold.slot_removed',
    sequence: 20,
    data: { holdId: 'choice-4711', slot: tuesday },
  },
} as const satisfies { readonly [Type in Change['type']]: Change & { readonly type: Type } };
