import type { Notification, NotificationKind } from '../domain/notification.ts';
import { allCalendars } from '../domain/sync-scope.ts';
import type { Database } from './mongodb.ts';
import { objectId, objectIds } from './object-id.ts';
import type { Intents, Reads, WatchRecord } from './store.ts';
import { watchRecord } from './watches.ts';

export function notificationReads({ watches }: Database): Pick<Reads, 'watches'> {
  return {
    watches: async (ids) => {
      if (ids.length === 0) return new Map();
      const found = await watches.find({ _id: { $in: objectIds(ids) } }).lean();
      return new Map(found.map((watch) => [watch._id.toHexString(), watchRecord(watch)]));
    },
  };
}

export function notificationIntents(database: Database): Pick<Intents, 'acceptNotification'> {
  return {
    acceptNotification: async (watch, notification, now) => {
      const { kind } = notification;
      const marked = await markConnection(database, watch, kind, now);
      // After the mark: a number that is noted makes replays of what was marked, never of what was not.
      const isNamed = await noteOnWatch(database, watch, notification, now);
      const canBeStopped = isNamed && watch.state === 'retiring';
      if (canBeStopped) await makeWatchesDue(database, watch, now);
      return { marked, watchesDue: canBeStopped || attention.has(kind) };
    },
  };
}

const second = 1000;
const minute = 60 * second;

/** How soon a connection that fails is tried because of a notification. */
const failingMs = minute;

/**
 * Marks what is to be read; true where a sync is to be queued for it. A storm finds its mark there and writes nothing:
 * such an update counts as done, because the mark that it met is taken away only by a run that begins later and so sees
 * the change (I2). It is as safe as one that writes: the server waits with its answer until everything it had written by
 * then, the mark too, has reached a majority. A primary that was deposed and does not know it yet could still answer
 * from what it remembers, so `notifiedAt` makes the first of each second a real write, which it could not acknowledge.
 */
async function markConnection(
  database: Database,
  watch: WatchRecord,
  kind: NotificationKind,
  now: Date,
): Promise<boolean> {
  const { connections } = database;
  const { connectionId, calendarId } = watch;
  const active = { _id: objectId(connectionId) ?? null, status: 'active' } as const;
  const watchesDue = attention.has(kind) ? { nextWatchAt: now } : {};
  const touched = touchedBy(kind, calendarId);
  if (touched === undefined) {
    if (attention.has(kind)) await makeWatchesDue(database, watch, now);
    return false;
  }
  const mark = (dueAt: Date) => ({
    $addToSet: { 'sync.touched': touched },
    $min: { nextSyncAt: dueAt, 'sync.touchedAt': now, ...watchesDue },
    $max: { 'sync.notifiedAt': new Date(Math.floor(now.getTime() / second) * second) },
  });
  const healthy = { ...active, consecutiveFailures: 0 };
  const failing = { ...active, consecutiveFailures: { $gt: 0 } };
  const later = new Date(now.getTime() + failingMs);
  // The third for one that has just recovered: nobody would be told to read it.
  for (const [only, dueAt] of [
    [healthy, now],
    [failing, later],
    [healthy, now],
  ] as const) {
    const { matchedCount, modifiedCount } = await connections.updateOne(only, mark(dueAt));
    if (matchedCount === 1) return only === healthy && modifiedCount === 1;
  }
  return false;
}

/** What makes the watches of a connection need attention. */
const attention: ReadonlySet<NotificationKind> = new Set(['reauthorization_required', 'removed']);

function touchedBy(kind: NotificationKind, calendarId: string | undefined): string | undefined {
  switch (kind) {
    case 'changed':
      return calendarId ?? allCalendars;
    case 'missed':
    case 'removed':
      return allCalendars;
    case 'confirmed':
    case 'reauthorization_required':
      return undefined;
  }
}

/** A watch that speaks at all is alive; to the second is more than anybody asks. */
const notedEveryMs = 10 * second;

/** True where it gave the watch the name by which it can be stopped. */
async function noteOnWatch(
  { watches }: Database,
  watch: WatchRecord,
  { kind, provider, messageNumber, providerWatchId, resourceId }: Notification,
  now: Date,
): Promise<boolean> {
  const _id = objectId(watch.id) ?? null;
  if (kind === 'removed') {
    await watches.deleteOne({ _id });
    return false;
  }
  // As recorded, or for the first time; never over a name that another notification or the vendor's answer has given.
  const isNamed =
    watch.providerWatchId === undefined &&
    (await watches.updateOne({ _id, providerWatchId: null }, { $set: { providerWatchId } })).modifiedCount ===
      1;
  if (provider === 'google' && watch.resourceId === undefined)
    await watches.updateOne({ _id, resourceId: null }, { $set: { resourceId } });
  if (isNoted(watch, kind, messageNumber, now)) return isNamed;
  // What an election could undo of this does no harm, and a storm need not wait for a majority twice.
  await watches.updateOne(
    { _id },
    {
      $max: { lastNotifiedAt: now, ...(messageNumber !== undefined && { lastMessageNumber: messageNumber }) },
      ...(kind === 'changed' && { $set: { silentSweeps: 0 } }),
      ...(kind === 'reauthorization_required' && { $min: { renewAt: now } }),
    },
    kind === 'changed' ? { writeConcern: { w: 1 } } : {},
  );
  return isNamed;
}

async function makeWatchesDue(
  { connections }: Database,
  { connectionId }: WatchRecord,
  now: Date,
): Promise<void> {
  await connections.updateOne(
    { _id: objectId(connectionId) ?? null, status: 'active' },
    { $min: { nextWatchAt: now } },
  );
}

/** Whether a write would say nothing new. A number is always new: without it, replays would not be known. */
function isNoted(
  { lastNotifiedAt, silentSweeps }: WatchRecord,
  kind: NotificationKind,
  messageNumber: number | undefined,
  now: Date,
): boolean {
  if (kind !== 'changed' || messageNumber !== undefined || silentSweeps > 0) return false;
  return lastNotifiedAt !== undefined && now.getTime() - lastNotifiedAt.getTime() < notedEveryMs;
}
