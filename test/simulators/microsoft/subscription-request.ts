import type { DirectoryUser } from './directory.ts';
import { type GraphError, badRequest } from './graph-errors.ts';

/** What a `POST /subscriptions` asks for, checked. */
export interface SubscriptionWish {
  changeTypes: string[];
  notificationUrl: string;
  lifecycleNotificationUrl: string | undefined;
  resource: string;
  clientState: string | undefined;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** For events without resource data (fact sheet, section 9). */
const MAX_MINUTES = 10_080;
const MAX_CLIENT_STATE = 128;
const CHANGE_TYPES = ['created', 'updated', 'deleted'];

/** @throws GraphError 400 with a sentence that says what does not fit. */
export function subscriptionWish(
  body: Record<string, unknown>,
  user: DirectoryUser,
  now: Date,
  allowHttpLoopback: boolean,
): SubscriptionWish {
  const { changeType, notificationUrl, lifecycleNotificationUrl, resource, clientState } = body;
  const changeTypes = typeof changeType === 'string' ? changeType.split(',').map((type) => type.trim()) : [];
  if (changeTypes.length === 0 || !changeTypes.every((type) => CHANGE_TYPES.includes(type)))
    throw invalid(`The changeType '${String(changeType)}' is not valid.`);
  if (body['includeResourceData'] === true)
    throw invalid('Notifications with resource data are not offered here.');
  if (clientState !== undefined && clientState !== null && !isClientState(clientState))
    throw invalid(`The clientState has at most ${MAX_CLIENT_STATE} characters.`);
  return {
    changeTypes,
    notificationUrl: requireUrl('notificationUrl', notificationUrl, allowHttpLoopback),
    lifecycleNotificationUrl:
      lifecycleNotificationUrl === undefined || lifecycleNotificationUrl === null
        ? undefined
        : requireUrl('lifecycleNotificationUrl', lifecycleNotificationUrl, allowHttpLoopback),
    resource: requireEventsResource(resource, user),
    clientState: isClientState(clientState) ? clientState : undefined,
    expiresAt: requireExpiration(body['expirationDateTime'], now),
  };
}

/** @throws GraphError 400 for an unreadable or past time, and for more than 10,080 minutes. */
export function requireExpiration(given: unknown, now: Date): number {
  const at = typeof given === 'string' ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(at)) throw invalid('The expirationDateTime is missing or not valid.');
  if (at <= now.getTime()) throw invalid('Subscription expiration time must be in the future.');
  if (at > now.getTime() + MAX_MINUTES * 60_000)
    throw invalid(`Subscription expiration can only be ${MAX_MINUTES} minutes in the future.`);
  return at;
}

function isClientState(given: unknown): given is string {
  return typeof given === 'string' && given.length <= MAX_CLIENT_STATE;
}

function requireUrl(name: string, given: unknown, allowHttpLoopback: boolean): string {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined;
  const isAllowed =
    url?.protocol === 'https:' || (allowHttpLoopback && url?.protocol === 'http:' && isLoopback(url));
  if (!url || !isAllowed) throw invalid(`The ${name} must be an https address.`);
  return url.href;
}

export function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** The events of the signed-in user; a single calendar is not on offer. */
function requireEventsResource(given: unknown, { oid, email }: DirectoryUser): string {
  const resource = typeof given === 'string' ? given : '';
  const [, owner = ''] = /^\/?(me|users\/[^/]+)\/events$/i.exec(resource) ?? [];
  const named = [`me`, `users/${oid}`, `users/${email}`].map((path) => path.toLowerCase());
  if (!named.includes(owner.toLowerCase()))
    throw invalid(`The resource '${resource}' is not one that can be subscribed to.`);
  return resource;
}

export function invalid(message: string): GraphError {
  return badRequest('InvalidRequest', message);
}
