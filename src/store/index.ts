import { auditFacts } from './auditing.ts';
import { availabilityReads } from './availability-reads.ts';
import { calendarListFacts } from './calendar-list.ts';
import { calendarProgressFacts } from './calendar-progress.ts';
import { calendarSelectionIntents } from './calendar-selection.ts';
import { callbackIntents } from './callbacks.ts';
import { connectionStateReads } from './connection-state.ts';
import { changeReads } from './change-feed.ts';
import { credentialFacts } from './credentials.ts';
import type { ChangeRecording } from './changes.ts';
import { deliveryFacts } from './deliveries.ts';
import { disconnectFacts, disconnectIntents } from './disconnecting.ts';
import { eventCountFacts } from './event-counts.ts';
import { eventReads } from './event-reads.ts';
import { eventWriteFacts } from './event-writes.ts';
import { exchangeFacts } from './exchanges.ts';
import { holdFacts, holdReleaseIntents } from './hold-ends.ts';
import { holdReads } from './hold-reads.ts';
import { holdPutIntents } from './hold-wishes.ts';
import { interviewReads, userAddressFacts } from './interview-reads.ts';
import { interviewSettlingFacts } from './interview-settling.ts';
import { interviewTurnFacts } from './interview-turn.ts';
import { interviewIntents } from './interview-wishes.ts';
import { misconfigurationReads } from './misconfiguration.ts';
import { openDatabase, pingPrimary, type Database, type DatabaseOptions } from './mongodb.ts';
import { notificationIntents, notificationReads } from './notifications.ts';
import { recordReads } from './record-reads.ts';
import { resealingFacts } from './resealing.ts';
import type { Store } from './store.ts';
import { syncRequestIntents, syncTurnFacts } from './sync-turn.ts';
import { timeClaimFacts } from './time-claims.ts';
import { watchFacts, watchIntents, watchReads } from './watch-keeping.ts';
import { watchTimeFacts } from './watch-times.ts';

export type { ChangeRecording };

/**
 * Connects to MongoDB, makes sure of the collections and indexes, and gives the store. A URI without a database name
 * means `calendar-sync`. Rejects within five seconds or so, saying why and with nothing left open, where MongoDB cannot
 * be reached, is no replica set, or holds an index of the same name that differs. Safe in many processes at once.
 */
export async function openStore(options: DatabaseOptions): Promise<Store> {
  return storeOver(await openDatabase(options));
}

/** The store over a connection that is open already. */
export function storeOver(database: Database): Store {
  let closed: Promise<void> | undefined;
  return {
    reads: {
      ...recordReads(database),
      ...eventReads(database),
      ...availabilityReads(database),
      ...notificationReads(database),
      ...connectionStateReads(database),
      ...misconfigurationReads(database),
      ...changeReads(database),
      ...watchReads(database),
      ...interviewReads(database),
      ...holdReads(database),
    },
    intents: {
      ...callbackIntents(database),
      ...syncRequestIntents(database),
      ...calendarSelectionIntents(database),
      ...watchIntents(database),
      ...disconnectIntents(database),
      ...notificationIntents(database),
      ...interviewIntents(database),
      ...holdPutIntents(database),
      ...holdReleaseIntents(database),
    },
    facts: {
      ...exchangeFacts(database),
      ...credentialFacts(database),
      ...resealingFacts(database),
      ...syncTurnFacts(database),
      ...calendarListFacts(database),
      ...eventWriteFacts(database),
      ...calendarProgressFacts(database),
      ...eventCountFacts(database),
      ...auditFacts(database),
      ...watchFacts(database),
      ...watchTimeFacts(database),
      ...disconnectFacts(database),
      ...deliveryFacts(database),
      ...interviewTurnFacts(database),
      ...interviewSettlingFacts(database),
      ...timeClaimFacts(database),
      ...holdFacts(database),
      ...userAddressFacts(database),
    },
    ping: (timeoutMs) => pingPrimary(database.connection, timeoutMs),
    close: () => (closed ??= database.connection.close()),
  };
}
