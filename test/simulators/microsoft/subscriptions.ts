import { randomUUID } from 'node:crypto';

import { GraphError } from './graph-errors.ts';
import type { DirectoryUser } from './directory.ts';

/** A change subscription as the service keeps it (fact sheet, section 9). */
export interface Subscription {
  readonly id: string;
  readonly user: DirectoryUser;
  readonly changeTypes: readonly string[];
  readonly notificationUrl: string;
  readonly lifecycleNotificationUrl: string | undefined;
  readonly resource: string;
  readonly clientState: string | undefined;
  /** Whether the call that made it preferred immutable ids. */
  readonly immutableIds: boolean;
  /** Epoch milliseconds. */
  expiresAt: number;
  /** Of the last call that authorized it: while it lives, notifications flow. */
  accessToken: string;
  /** The token whose lapse the subscriber was told of. */
  toldOfLapse?: string;
}

export type SubscriptionInput = Omit<Subscription, 'id'>;

export interface SubscriptionStore {
  add(input: SubscriptionInput): Subscription;
  /** @throws GraphError 404 for one that is unknown, somebody else's or expired. */
  require(user: DirectoryUser, id: string): Subscription;
  /** Unexpired; undefined where there is none (any more). */
  find(id: string): Subscription | undefined;
  of(user: DirectoryUser): Subscription[];
  all(): Subscription[];
  remove(id: string): void;
}

/** At most so many for a mailbox (fact sheet, section 9). */
const MAX_ACTIVE = 1000;

export function createSubscriptionStore(now: () => Date): SubscriptionStore {
  const subscriptions = new Map<string, Subscription>();
  /** The same by their users, since every change asks for it. */
  const owned = new Map<string, Set<Subscription>>();
  const remove = (id: string): void => {
    const found = subscriptions.get(id);
    if (found) owned.get(found.user.oid)?.delete(found);
    subscriptions.delete(id);
  };
  const find = (id: string): Subscription | undefined => {
    const found = subscriptions.get(id);
    if (!found || found.expiresAt > now().getTime()) return found;
    remove(id);
    return undefined;
  };
  const living = (some: Iterable<Subscription>) => [...some].flatMap(({ id }) => find(id) ?? []);
  const of = ({ oid }: DirectoryUser) => living(owned.get(oid) ?? []);
  return {
    find,
    of,
    remove,
    all: () => living(subscriptions.values()),
    add: (input) => {
      if (of(input.user).length >= MAX_ACTIVE)
        throw new GraphError(
          403,
          'ExtensionError',
          `The mailbox has reached its limit of ${MAX_ACTIVE} active subscriptions.`,
        );
      const subscription = { id: randomUUID(), ...input };
      subscriptions.set(subscription.id, subscription);
      owned.set(input.user.oid, (owned.get(input.user.oid) ?? new Set()).add(subscription));
      return subscription;
    },
    require: (user, id) => {
      const found = find(id);
      if (!found || found.user.oid !== user.oid)
        throw new GraphError(404, 'ResourceNotFound', 'The object was not found.');
      return found;
    },
  };
}
