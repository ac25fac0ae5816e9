import type { FaultAction } from './simulator.ts';

/** Ready-made misbehaviour, by the name that `seededFaults` and the control interface take. */
export const faultKinds = {
  /** 429 with Retry-After of one second, of a fraction, of none at all, as a date, as one that is over, and without. */
  throttled: { type: 'throttle', retryAfterSeconds: 1 },
  'throttled-fraction': { type: 'throttle', retryAfterSeconds: 0.5 },
  'throttled-zero': { type: 'throttle', retryAfterSeconds: 0 },
  'throttled-date': { type: 'throttle', retryAfterSeconds: 2, asDate: true },
  'throttled-past': { type: 'throttle', retryAfterSeconds: -3600, asDate: true },
  'throttled-silent': { type: 'throttle' },
  'server-error': { type: 'status', status: 500, body: '' },
  'bad-gateway': { type: 'status', status: 502, body: '' },
  unavailable: { type: 'status', status: 503, body: '' },
  'unavailable-retry-after': { type: 'throttle', status: 503, retryAfterSeconds: 1 },
  slow: { type: 'delay', ms: 250 },
  cut: { type: 'cut' },
  'cut-after': { type: 'cut-after' },
  stall: { type: 'stall' },
  'stall-body': { type: 'stall-body' },
  withhold: { type: 'withhold' },
  truncate: { type: 'truncate' },
  'invalid-json': { type: 'invalid-json' },
  html: { type: 'html' },
  empty: { type: 'empty' },
  'content-type': { type: 'content-type' },
  huge: { type: 'pad' },
} as const satisfies Record<string, FaultAction>;

export type FaultKind = keyof typeof faultKinds;

export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name);
}
