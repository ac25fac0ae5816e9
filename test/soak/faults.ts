import type { GoogleSimulator } from '../simulators/google/index.ts';
import type { MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import type { RequestMatch } from '../simulators/request-match.ts';
import type { FaultAction } from '../simulators/simulator.ts';
import { changePush } from './push-behaviour.ts';
import type { Random } from './random.ts';

/** Both providers. */
export interface Vendors {
  readonly google: GoogleSimulator;
  readonly microsoft: MicrosoftSimulator;
}

/** The requests that can be hit, one after another as often as they are named. */
export type Targets = Readonly<Record<'google' | 'microsoft', readonly RequestMatch[]>>;

const targetsOfSync: Targets = {
  google: [
    { path: '/token$' },
    { path: '/calendarList$' },
    { path: '/events$' },
    { path: '/userinfo$' },
    { path: '/revoke$' },
    { path: '/events/watch$' },
    { path: '/channels/stop$' },
  ],
  microsoft: [
    { path: '/token$' },
    { path: '/me/calendars$' },
    { path: '/delta$' },
    { path: '/instances$' },
    { path: '/me/events/[^/]+$' },
    { path: '/me$' },
    { path: '/subscriptions$' },
    { path: '/subscriptions/[^/]+$' },
  ],
};

/** How often which, relatively. */
export const faultWeights = {
  '429 with Retry-After': 3,
  '429 until a date': 1,
  '429 without Retry-After': 2,
  '403 rate limit': 1,
  '5xx': 3,
  '503 with Retry-After': 1,
  '401': 1,
  '401 on a later page': 3,
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
  'life of tokens': 2,
} as const;

export type FaultKind = keyof typeof faultWeights;

/** Sets one fault at one provider, for one to three of the requests to come. Gives its kind. */
export function strike(
  random: Random,
  vendors: Vendors,
  targets: Targets = targetsOfSync,
  weights: Readonly<Record<FaultKind, number>> = faultWeights,
): FaultKind {
  const kind = random.weighted(weights);
  const provider = random.pick(['google', 'microsoft'] as const);
  if (isLasting(kind)) {
    lasting[kind](random, vendors);
    return kind;
  }
  const target = random.pick(targets[provider]);
  const action = actionOf(kind, random, provider);
  const match = kind === '401 on a later page' ? laterPages[provider] : target;
  vendors[provider].fault({ match, times: random.int(1, 3), skip: random.int(0, 2), action });
  return kind;
}

/** What stays until it changes again, most of it in quiet times too. */
const lasting = {
  behaviour: changeBehaviour,
  'behaviour of push': changePush,
  'life of tokens': changeTokens,
};

function isLasting(kind: FaultKind): kind is keyof typeof lasting {
  return Object.hasOwn(lasting, kind);
}

/** The listing has written something by then, and its calendar goes on changing. */
const laterPages = {
  google: { path: '/events$', query: '(^|&)pageToken=' },
  microsoft: { path: '/delta$', query: '(^|&)\\$skiptoken=' },
} as const;

const rateLimited = {
  error: {
    code: 403,
    message: 'Rate Limit Exceeded',
    errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded', message: 'Rate Limit Exceeded' }],
  },
};

function actionOf(
  kind: Exclude<FaultKind, keyof typeof lasting>,
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
      return status(429, { 'retry-after': random.pick(['1', '2', '0.5', '0']) });
    // One that is over is what a slow answer, or a clock that is off, makes of any.
    case '429 until a date':
      return { type: 'throttle', retryAfterSeconds: random.pick([1, -3600]), asDate: true };
    case '429 without Retry-After':
      return status(429);
    case '403 rate limit':
      return provider === 'google' ? { type: 'status', status: 403, body: rateLimited } : status(429);
    case '5xx':
      return status(random.pick([500, 502, 503, 504]));
    case '503 with Retry-After':
      return status(503, { 'retry-after': '1' });
    case '401':
    case '401 on a later page':
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

/** What the providers' documentation permits them to do. */
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

const usualLifeSeconds = 3599;

/**
 * Of the tokens that are issued from now on: as said and as lived. Some are so short that they need a refresh before each
 * sync, or die in the middle of one.
 */
function changeTokens(random: Random, vendors: Vendors): void {
  liveFor(vendors, random.pick([usualLifeSeconds, 400, 60, 20]), random.pick([0, 0, -10_000]));
}

/** From now on a token lasts. */
export function calmTokens(vendors: Vendors): void {
  liveFor(vendors, usualLifeSeconds, 0);
}

function liveFor({ google, microsoft }: Vendors, seconds: number, skewMs: number): void {
  google.behaviour.accessTokenLifetimeS = seconds;
  microsoft.setBehaviour({ tokens: { accessTokenSeconds: seconds } });
  for (const { skew } of [google, microsoft]) skew.tokenLifetimeMs = skewMs;
}
