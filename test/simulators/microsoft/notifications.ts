import { type EndpointHealth, createEndpointHealth } from './endpoint-health.ts';
import { changeKeyOf, defaultId, immutableId } from './graph-ids.ts';
import type { MailboxChange } from './mailbox.ts';
import type { NotificationBehaviour } from './notification-behaviour.ts';
import { expirationOf } from './subscription-routes.ts';
import type { Subscription, SubscriptionStore } from './subscriptions.ts';
import { callWebhook } from './webhook-calls.ts';

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/** Sends what changed to subscribers, and sends it again until they take it or four hours have gone by. */
export interface Notifier {
  /** To be told of every change in every mailbox. */
  onChange(change: MailboxChange): void;
  /** Says nothing to a subscription without a lifecycle URL. */
  lifecycle(subscription: Subscription, event: LifecycleEvent): void;
  /** Attempts all that the clock makes due; gives how many wait for later. Runs by itself too, about once a second. */
  deliver(): Promise<number>;
}

export interface NotifierDependencies {
  subscriptions: SubscriptionStore;
  behaviour: NotificationBehaviour;
  isAlive: (accessToken: string) => boolean;
  now: () => Date;
  closing: AbortSignal;
}

interface Notification {
  subscription: Subscription;
  isLifecycle: boolean;
  url: string;
  item: Record<string, unknown>;
  createdAt: number;
  dueAt: number;
  attempts: number;
}

interface Office extends NotifierDependencies {
  queue: Notification[];
  healthOf: (url: string) => EndpointHealth;
}

const GIVE_UP_AFTER_MS = 4 * 3_600_000;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 15 * 60_000;
const ANSWER_LIMIT_MS = 3_000;
const RETRIED_ANSWER_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 1_000;

export function createNotifier(dependencies: NotifierDependencies): Notifier {
  const { closing, behaviour, subscriptions } = dependencies;
  const office: Office = { ...dependencies, queue: [], healthOf: healthKeeper(dependencies.now) };
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const deliver = async (): Promise<number> => {
    await running;
    running ??= drain(office).finally(() => {
      running = undefined;
      if (office.queue.length > 0) lookAgain(LOOK_AGAIN_MS);
    });
    await running;
    return office.queue.length;
  };
  const lookAgain = (afterMs: number): void => {
    clearTimeout(timer);
    if (!closing.aborted) timer = setTimeout(() => void deliver(), afterMs).unref();
  };
  closing.addEventListener('abort', () => clearTimeout(timer));
  const enqueue = (notification: Notification): void => {
    office.queue.push(notification);
    lookAgain(0);
  };

  return {
    deliver,
    onChange: (change) => {
      if (behaviour.lost) return;
      for (const subscription of subscriptions.of(change.mailbox.user))
        for (const type of typesToTell(subscription, change.type, behaviour))
          enqueue(changeNotification(office, subscription, change, type));
    },
    lifecycle: (subscription, event) => {
      const url = subscription.lifecycleNotificationUrl;
      if (url === undefined) return;
      const item = { ...commonPart(subscription, behaviour), lifecycleEvent: event };
      enqueue(newNotification(office, subscription, url, item, true));
    },
  };
}

/** Until nothing is due any more. What is sent meanwhile may make more of it due. */
async function drain(office: Office): Promise<void> {
  for (let due = takeDue(office); due.length > 0 && !office.closing.aborted; due = takeDue(office))
    await Promise.all(postsOf(due, office.behaviour.mixed).map((post) => attempt(office, post)));
}

/** Takes what is due out of the queue, and throws away what can no longer be delivered. */
function takeDue({ queue, subscriptions, isAlive, now, healthOf }: Office): Notification[] {
  const at = now().getTime();
  const due: Notification[] = [];
  const waiting = queue.filter((entry) => {
    const { subscription, isLifecycle } = entry;
    if (at > entry.createdAt + GIVE_UP_AFTER_MS) return false;
    if (!isLifecycle && !subscriptions.find(subscription.id)) return false;
    const health = healthOf(entry.url);
    if (!isLifecycle && health.state() === 'drop') return false;
    if (health.state() === 'slow') entry.dueAt = Math.max(entry.dueAt, health.waitsUntil);
    if (entry.dueAt > at || (!isLifecycle && !isAlive(subscription.accessToken))) return true;
    due.push(entry);
    return false;
  });
  queue.splice(0, queue.length, ...waiting);
  return due;
}

/** First attempts and later ones have different limits, so they never share a POST. */
function postsOf(due: readonly Notification[], isMixed: boolean): Notification[][] {
  if (!isMixed) return due.map((entry) => [entry]);
  const posts = Map.groupBy(due, ({ url, attempts }) => `${attempts > 0} ${url}`);
  return [...posts.values()];
}

async function attempt(office: Office, post: readonly Notification[]): Promise<void> {
  const { behaviour, now, queue } = office;
  const [first] = post;
  if (!first) return;
  const isRetry = first.attempts > 0;
  const limitMs = isRetry ? RETRIED_ANSWER_LIMIT_MS : ANSWER_LIMIT_MS;
  const sentAt = now().getTime();
  const body = JSON.stringify({ value: post.map(({ item }) => item) });
  const answer = await callWebhook(
    first.url,
    { contentType: 'application/json; charset=utf-8', body },
    isRetry ? behaviour.retriedAnswerMs : behaviour.answerMs,
    office.closing,
  );
  const tookMs = now().getTime() - sentAt;
  office.healthOf(first.url).record(answer.isTimeout ? Math.max(tookMs, limitMs) : tookMs);
  if (answer.status >= 200 && answer.status < 300 && tookMs <= limitMs) return;
  for (const entry of post) {
    entry.dueAt = now().getTime() + Math.min(FIRST_RETRY_MS * 2 ** entry.attempts, LONGEST_RETRY_MS);
    entry.attempts += 1;
    queue.push(entry);
  }
}

function typesToTell(
  { changeTypes }: Subscription,
  type: MailboxChange['type'],
  { createdPlusUpdated }: NotificationBehaviour,
): string[] {
  const told = type === 'created' && createdPlusUpdated ? ['created', 'updated'] : [type];
  return told.filter((entry) => changeTypes.includes(entry));
}

function changeNotification(
  office: Office,
  subscription: Subscription,
  { mailbox, calendar, item, reference }: MailboxChange,
  changeType: string,
): Notification {
  const { oid } = mailbox.user;
  const id = subscription.immutableIds ? immutableId(oid, reference) : defaultId(oid, calendar.id, reference);
  const resource = `Users/${oid}/Events/${id}`;
  const content = {
    ...commonPart(subscription, office.behaviour),
    changeType,
    resource,
    resourceData: {
      '@odata.type': '#Microsoft.Graph.Event',
      '@odata.id': resource,
      '@odata.etag': `W/"${changeKeyOf(oid, item.revision)}"`,
      id,
    },
  };
  return newNotification(office, subscription, subscription.notificationUrl, content, false);
}

function newNotification(
  { now }: Office,
  subscription: Subscription,
  url: string,
  item: Record<string, unknown>,
  isLifecycle: boolean,
): Notification {
  const at = now().getTime();
  return { subscription, url, item, isLifecycle, createdAt: at, dueAt: at, attempts: 0 };
}

function commonPart(subscription: Subscription, behaviour: NotificationBehaviour) {
  const { id, clientState, user } = subscription;
  return {
    subscriptionId: id,
    subscriptionExpirationDateTime: expirationOf(subscription, behaviour),
    ...(clientState === undefined ? {} : { clientState }),
    tenantId: user.tid,
  };
}

/** One for each host, as the service counts. */
function healthKeeper(now: () => Date): (url: string) => EndpointHealth {
  const known = new Map<string, EndpointHealth>();
  return (url) => {
    const { host } = new URL(url);
    const health = known.get(host) ?? createEndpointHealth(now);
    known.set(host, health);
    return health;
  };
}
