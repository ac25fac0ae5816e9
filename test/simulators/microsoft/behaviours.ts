import { type DeltaBehaviour, defaultDeltaBehaviour } from './delta-entries.ts';
import { type WriteBehaviour, defaultWriteBehaviour } from './event-write-routes.ts';
import { type MailboxLimits, defaultMailboxLimits } from './mailbox-limits.ts';
import { type NotificationBehaviour, defaultNotificationBehaviour } from './notification-behaviour.ts';
import { type ScheduleBehaviour, defaultScheduleBehaviour } from './schedule-routes.ts';
import { type TokenBehaviour, defaultTokenBehaviour } from './token-routes.ts';

/** Everything in which the documentation leaves the service a choice. Changed in place, read at each request. */
export interface Behaviours {
  readonly delta: DeltaBehaviour;
  readonly writes: WriteBehaviour;
  readonly schedule: ScheduleBehaviour;
  readonly limits: MailboxLimits;
  readonly notifications: NotificationBehaviour;
  readonly tokens: TokenBehaviour;
}

export type BehaviourChanges = { [Part in keyof Behaviours]?: Partial<Behaviours[Part]> };

export function createBehaviours(changes: BehaviourChanges): Behaviours {
  return {
    delta: { ...defaultDeltaBehaviour, ...changes.delta },
    writes: { ...defaultWriteBehaviour, ...changes.writes },
    schedule: { ...defaultScheduleBehaviour, ...changes.schedule },
    limits: { ...defaultMailboxLimits, ...changes.limits },
    notifications: { ...defaultNotificationBehaviour, ...changes.notifications },
    tokens: { ...defaultTokenBehaviour, ...changes.tokens },
  };
}

export function changeBehaviours(behaviours: Behaviours, changes: BehaviourChanges): void {
  Object.assign(behaviours.delta, changes.delta);
  Object.assign(behaviours.writes, changes.writes);
  Object.assign(behaviours.schedule, changes.schedule);
  Object.assign(behaviours.limits, changes.limits);
  Object.assign(behaviours.notifications, changes.notifications);
  Object.assign(behaviours.tokens, changes.tokens);
}
