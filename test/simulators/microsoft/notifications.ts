import { type EndpointHealth, createEndpointHealth } from './endpoint-health.ts';
import { changeKeyOf, defaultId, immutableId } from './graph-ids.ts';
import type { MailboxChange } from './mailbox.ts';
import type { NotificationBehaviour } from './notification-behaviour.ts';
import { expirationOf } from './subscription-routes.ts';
import type { Subscription, SubscriptionStore } from './subscriptions.ts';
import { callWebhook } from './webhook-calls.ts';

export type LifecycleEvent = 'reauthorizationRequired' | 'subscriptionRemoved' | 'missed';

/**
 * Sends what changed to subscribers, and sends it again until they take it or four hours have gone by. Tells them to
 * authorize anew when the token lapses that their subscription stands on.
 */
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
  /** Not looked at yet. */
  fresh: Notification[];
  /** For a retry, a slow endpoint or a reauthorization: looked at again about once a second. */
  waiting: Notification[];
  /** What goes next, a POST each. */
  outbox: Notification[][];
  posting: Set<Promise<void>>;
  healthOf: (url: string) => EndpointHealth;
}

const GIVE_UP_AFTER_MS = 4 * 3_600_000;
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 15 * 60_000;
const ANSWER_LIMIT_MS = 3_000;
const RETRIED_ANSWER_LIMIT_MS = 10_000;
const LOOK_AGAIN_MS = 1_000;
/** At the same time: all of a storm at once would only find out how many sockets the machine has. */
const MAX_POSTS = 100;

export function createNotifier(dependencies: NotifierDependencies): Notifier {
  const { closing, behaviour, subscriptions } = dependencies;
  const queues = { fresh: [], waiting: [], outbox: [], posting: new Set<Promise<void>>() };
  const office: Office = { ...dependencies, ...queues, healthOf: healthKeeper(dependencies.now) };
  const enqueue = (notification: Notification): void => {
    if (office.fresh.length === 0) setImmediate(() => post(office, take(office, 'fresh')));
    office.fresh.push(notification);
  };
  const lifecycle: Notifier['lifecycle'] = (subscription, event) => {
    const url = subscription.lifecycleNotificationUrl;
    if (url === undefined) return;
    if (event === 'reauthorizationRequired') subscription.toldOfLapse = subscription.accessToken;
    const item = { ...commonPart(subscription, behaviour), lifecycleEvent: event };
    enqueue(newNotification(office, subscription, url, item, true));
  };
  const look = (): void => {
    for (const subscription of lapsedIn(office)) lifecycle(subscription, 'reauthorizationRequired');
    post(office, [...take(office, 'waiting'), ...take(office, 'fresh')]);
  };
  const timer = setInterval(look, LOOK_AGAIN_MS).unref();
  closing.addEventListener('abort', () => clearInterval(timer));

  return {
    lifecycle,
    deliver: async () => {
      // What is sent may make more of it due.
      for (look(); office.posting.size > 0; look()) await Promise.all(office.posting);
      return office.waiting.length;
    },
    onChange: (change) => {
      if (behaviour.lost) return;
      for (const subscription of subscriptions.of(change.mailbox.user))
        for (const type of typesToTell(subscription, change.type, behaviour))
          enqueue(changeNotification(office, subscription, change, type));
    },
  };
}

function take(office: Office, queue: 'fresh' | 'waiting'): Notification[] {
  return office[queue].splice(0);
}

/** Subscriptions whose token has lapsed, and that have not been told yet. */
function lapsedIn({ subscriptions, isAlive }: Office): Subscription[] {
  return subscriptions
    .all()
    .filter(({ accessToken, toldOfLapse }) => accessToken !== toldOfLapse && !isAlive(accessToken));
}

function post(office: Office, notifications: readonly Notification[]): void {
  for (const entries of postsOf(notifications, office.behaviour.mixed)) office.outbox.push(entries);
  pump(office);
}

/** First attempts and later ones have different limits, so they never share a POST. */
function postsOf(notifications: readonly Notification[], isMixed: boolean): Notification[][] {
  if (!isMixed) return notifications.map((entry) => [entry]);
  const posts = Map.groupBy(notifications, ({ url, attempts }) => `${attempts > 0} ${url}`);
  return [...posts.values()];
}

/** A receiver that takes its time for one POST holds up none of the others. */
function pump(office: Office): void {
  const { outbox, posting, closing } = office;
  while (posting.size < MAX_POSTS && !closing.aborted) {
    const next = outbox.shift();
    if (!next) return;
    const due = next.filter((entry) => isDue(office, entry));
    if (due.length === 0) continue;
    const attempted = attempt(office, due).finally(() => {
      posting.delete(attempted);
      pump(office);
    });
    posting.add(attempted);
  }
}

/** Keeps what has to wait, and forgets what can no longer be delivered. */
function isDue(
  { waiting, behaviour, subscriptions, isAlive, now, healthOf }: Office,
  entry: Notification,
): boolean {
  const { subscription, isLifecycle } = entry;
  const at = now().getTime();
  if (at > entry.createdAt + GIVE_UP_AFTER_MS) return false;
  if (!isLifecycle && !subscriptions.find(subscription.id)) return false;
  const health = healthOf(entry.url);
  const state = behaviour.judgesEndpoints ? health.state() : 'well';
  if (!isLifecycle && state === 'drop') return false;
  if (state === 'slow') entry.dueAt = Math.max(entry.dueAt, health.waitsUntil);
  const isReady = entry.dueAt <= at && (isLifecycle || isAlive(subscription.accessToken));
  if (!isReady) waiting.push(entry);
  return isReady;
}

async function attempt(office: Office, entries: readonly Notification[]): Promise<void> {
  const { behaviour, now, waiting } = office;
  const [first] = entries;
  if (!first) return;
  const isRetry = first.attempts > 0;
  const limitMs = isRetry ? RETRIED_ANSWER_LIMIT_MS : ANSWER_LIMIT_MS;
  const sentAt = now().getTime();
  const body = JSON.stringify({ value: entries.map(({ item }) => item) });
  const answer = await callWebhook(
    first.url,
    { contentType: 'application/json; charset=utf-8', body },
    isRetry ? behaviour.retriedAnswerMs : behaviour.answerMs,
    office.closing,
  );
  const tookMs = now().getTime() - sentAt;
  office.healthOf(first.url).record(answer.isTimeout ? Math.max(tookMs, limitMs) : tookMs);
  if (answer.status >= 200 && answer.status < 300 && tookMs <= limitMs) return;
  for (const entry of entries) {
    entry.dueAt = now().getTime() + Math.min(FIRST_RETRY_MS * 2 ** entry.attempts, LONGEST_RETRY_MS);
    entry.attempts += 1;
    waiting.push(entry);
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
  const byHost = new Map<string, EndpointHealth>();
  const byUrl = new Map<string, EndpointHealth>();
  return (url) => {
    const known = byUrl.get(url);
    if (known) return known;
    const { host } = new URL(url);
    const health = byHost.get(host) ?? createEndpointHealth(now);
    byHost.set(host, health);
    byUrl.set(url, health);
    return health;
  };
}
