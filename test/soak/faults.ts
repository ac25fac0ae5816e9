import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import type { FaultAction } from '../simulators/simulator.ts';
import { changePush } from './push-behaviour.ts';
import type { Random } from './random.ts';

/** Both providers. */
export interface Vendors {
  readonly google: GoogleSimulator;
  readonly microsoft: MicrosoftSimulator;
}

const paths = {
  google: [
    '/token$',
    '/calendarList$',
    '/events$',
    '/userinfo$',
    '/revoke$',
    '/events/watch$',
    '/channels/stop$',
  ],
  microsoft: [
    '/token$',
    '/me/calendars$',
    '/delta$',
    '/instances$',
    '/me/events/[^/]+$',
    '/me$',
    '/subscriptions$',
    '/subscriptions/[^/]+$',
  ],
} as const;

/** How often which, relatively. */
const weights = {
  '429 with Retry-After': 3,
  '429 until a date': 1,
  '429 without Retry-After': 2,
  '403 rate limit': 1,
  '5xx': 3,
  '503 with Retry-After': 1,
  '401': 1,
  cut: 3,
  'cut after': 3,
  truncate: 2,
  'invalid json': 2,
  html: 1,
  'nothing in it': 1,
  'wrong content type': 1,
  'a megabyte of blanks': 1,
  delay: 4,
  'long delay': 2,
  'stale answer': 3,
  stall: 1,
  'stall in the body': 1,
  behaviour: 4,
  'behaviour of push': 4,
} as const;

export type FaultKind = keyof typeof weights;

/** Sets one fault at one provider, for one to three of the requests to come. Gives its kind. */
export function strike(random: Random, vendors: Vendors): FaultKind {
  const kind = random.weighted(weights);
  const provider = random.pick(['google', 'microsoft'] as const);
  if (kind === 'behaviour' || kind === 'behaviour of push') {
    if (kind === 'behaviour') changeBehaviour(random, vendors);
    else changePush(random, vendors);
    return kind;
  }
  const path = random.pick<string>(paths[provider]);
  const action = actionOf(kind, random, provider);
  vendors[provider].fault({ match: { path }, times: random.int(1, 3), skip: random.int(0, 2), action });
  return kind;
}

const rateLimited = {
  error: {
    code: 403,
    message: 'Rate Limit Exceeded',
    errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded', message: 'Rate Limit Exceeded' }],
  },
};

function actionOf(
  kind: Exclude<FaultKind, 'behaviour' | 'behaviour of push'>,
  random: Random,
  provider: 'google' | 'microsoft',
): FaultAction {
  const status = (code: number, headers: Record<string, string> = {}): FaultAction => ({
    type: 'status',
    status: code,
    headers,
  });
  switch (kind) {
    case '429 with Retry-After':
      return status(429, { 'retry-after': random.pick(['1', '2', '0.5']) });
    case '429 until a date':
      return { type: 'throttle', retryAfterSeconds: 1, asDate: true };
    case '429 without Retry-After':
      return status(429);
    case '403 rate limit':
      return provider === 'google' ? { type: 'status', status: 403, body: rateLimited } : status(429);
    case '5xx':
      return status(random.pick([500, 502, 503, 504]));
    case '503 with Retry-After':
      return status(503, { 'retry-after': '1' });
    case '401':
      return status(401);
    case 'cut':
    case 'truncate':
    case 'html':
    case 'stall':
      return { type: kind };
    case 'stall in the body':
      return { type: 'stall-body' };
    case 'nothing in it':
      return { type: 'empty' };
    case 'wrong content type':
      return { type: 'content-type' };
    case 'a megabyte of blanks':
      return { type: 'pad', bytes: 1_000_000 };
    case 'cut after':
      return { type: 'cut-after' };
    case 'invalid json':
      return { type: 'invalid-json' };
    case 'delay':
      return { type: 'delay', ms: random.int(20, 800) };
    // Longer than a lease, and at times than the patience with a provider.
    case 'long delay':
      return { type: 'delay', ms: random.int(2000, 6000) };
    // The state of now, told when it may have changed.
    case 'stale answer':
      return { type: 'withhold', ms: random.int(200, 3500) };
  }
}

/** What the providers' documentation permits them to do. It stays until it changes again, in quiet times too. */
function changeBehaviour(random: Random, { google, microsoft }: Vendors): void {
  google.behaviour.ignoreWindow = random.chance(0.5);
  google.behaviour.emptyFirstPage = random.chance(0.5);
  google.behaviour.pageSizeLimit = random.pick([3, 10, 50, 2500]);
  microsoft.setDeltaBehaviour({
    masters: random.pick(['first', 'last', 'omitted']),
    repeats: random.chance(0.5),
    emptyPages: random.chance(0.5),
    outsideMastersRemoved: random.chance(0.5),
    occurrenceTombstones: random.chance(0.5),
    expiredCode: random.pick([
      'SyncStateNotFound',
      'syncStateNotFound',
      'SyncStateInvalid',
      'resyncRequired',
    ]),
    shuffleSeed: random.chance(0.5) ? random.int(1, 1_000_000) : null,
    pageSizeLimit: random.pick([2, 10, 1000]),
  });
}
