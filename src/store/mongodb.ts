import { setTimeout as sleep } from 'node:timers/promises';
import { Mongoose, type Connection, type Model } from 'mongoose';
import { attemptSchema, type AttemptDocument } from './attempts.ts';
import { calendarSchema, type CalendarDocument } from './calendars.ts';
import {
  changeSchema,
  feedSchema,
  usualRecording,
  type ChangeDocument,
  type ChangeRecording,
  type FeedDocument,
} from './changes.ts';
import { connectionSchema, type ConnectionDocument } from './connections.ts';
import { eventSchema, supersededEventIndexes, type EventDocument } from './events.ts';
import { holdSchema, type HoldDocument } from './holds.ts';
import { interviewSchema, type InterviewDocument } from './interviews.ts';
import { createLines, type Lines } from './lines.ts';
import { dropSuperseded } from './superseded-indexes.ts';
import { claimLineSchema, type ClaimLineDocument } from './time-claims.ts';
import { watchSchema, type WatchDocument } from './watches.ts';

/** The open connection and what is kept over it. */
export interface Database {
  readonly connection: Connection;
  readonly attempts: Model<AttemptDocument>;
  readonly connections: Model<ConnectionDocument>;
  readonly calendars: Model<CalendarDocument>;
  readonly events: Model<EventDocument>;
  readonly watches: Model<WatchDocument>;
  readonly interviews: Model<InterviewDocument>;
  readonly holds: Model<HoldDocument>;
  readonly claimLines: Model<ClaimLineDocument>;
  readonly changes: Model<ChangeDocument>;
  readonly feed: Model<FeedDocument>;
  readonly recording: ChangeRecording;
  /** Of transactions that write to the same connection. */
  readonly lines: Lines;
}

export interface DatabaseOptions {
  readonly mongodbUri: string;
  readonly maxPoolSize?: number | undefined;
  /** What is not given is as `usualRecording` has it. */
  readonly recording?: Partial<ChangeRecording> | undefined;
}

const defaultDatabase = 'calendar-sync';
/**
 * What the driver waits for, unless the connection string says something else. Without them it would wait half a minute
 * for a server that is connected and silent, and for ever for one connection of which the network has lost track.
 */
const patience = { serverSelectionTimeoutMS: 5_000, connectTimeoutMS: 10_000, socketTimeoutMS: 60_000 };

/** Rejects, with nothing left open, where MongoDB does not answer, has no transactions or refuses an index. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const connection = await connect(options);
  try {
    await requireTransactions(connection);
    const database = {
      connection,
      attempts: connection.model<AttemptDocument>('Attempt', attemptSchema),
      connections: connection.model<ConnectionDocument>('Connection', connectionSchema),
      calendars: connection.model<CalendarDocument>('Calendar', calendarSchema),
      events: connection.model<EventDocument>('Event', eventSchema),
      watches: connection.model<WatchDocument>('Watch', watchSchema),
      interviews: connection.model<InterviewDocument>('Interview', interviewSchema),
      holds: connection.model<HoldDocument>('Hold', holdSchema),
      claimLines: connection.model<ClaimLineDocument>('ClaimLine', claimLineSchema),
      changes: connection.model<ChangeDocument>('Change', changeSchema),
      feed: connection.model<FeedDocument>('Feed', feedSchema),
      recording: { ...usualRecording, ...options.recording },
      lines: createLines(),
    };
    await prepareCollections(database);
    await dropSuperseded(database.events, supersededEventIndexes);
    return database;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function connect({ mongodbUri, maxPoolSize }: DatabaseOptions): Promise<Connection> {
  // An instance of our own: mongoose's options are global to the instance, and other code may use the default one.
  const mongoose = new Mongoose({ runValidators: true, strict: 'throw', strictQuery: 'throw' });
  const connection = mongoose.createConnection();
  try {
    return await connection.openUri(mongodbUri, {
      appName: 'calendar-sync',
      bufferCommands: false,
      ...unlessGiven(mongodbUri, patience),
      // What was acknowledged must outlive a stepdown (I1).
      writeConcern: { w: 'majority' },
      ...(maxPoolSize !== undefined && { maxPoolSize }),
      ...(!namesDatabase(mongodbUri) && { dbName: defaultDatabase }),
    });
  } catch (cause) {
    await connection.close();
    throw unreachable(mongodbUri, cause);
  }
}

function unlessGiven(uri: string, options: Readonly<Record<string, number>>): Record<string, number> {
  const names = new Set([...uri.matchAll(/[?&](\w+)=/g)].map(([, name = '']) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(options).filter(([name]) => !names.has(name.toLowerCase())));
}

/** `hello` is answered before any authorization: mongodb.com/docs/manual/reference/command/hello. */
async function requireTransactions(connection: Connection): Promise<void> {
  const hello = await databaseOf(connection).command({ hello: 1 });
  if (hello['setName'] !== undefined || hello['msg'] === 'isdbgrid') return;
  throw new Error(
    `store: MongoDB at ${connection.host}:${connection.port} is a standalone server, and transactions need a replica set; one node is enough: start it with --replSet rs0 and run rs.initiate() once`,
  );
}

/** Idempotent, and safe for any number of processes that start at once: the server takes an equal index as done. */
async function prepareCollections(database: Database): Promise<void> {
  const { connection: _connection, recording: _recording, lines: _lines, ...models } = database;
  for (const model of Object.values(models) as unknown as Model<unknown>[]) {
    try {
      await model.createCollection();
      await model.createIndexes();
    } catch (cause) {
      throw new Error(
        `store: cannot create the collection ${model.collection.name} and its indexes: ${messageOf(cause)}`,
        { cause },
      );
    }
  }
}

/** Asks the primary, which is the default read preference. The driver's own limit leaves out the search for one. */
export async function pingPrimary(connection: Connection, timeoutMs: number): Promise<void> {
  const answered = new AbortController();
  const late = sleep(timeoutMs, undefined, { signal: answered.signal }).then(() => {
    throw new Error(`store: MongoDB did not answer within ${timeoutMs} ms`);
  });
  try {
    await Promise.race([databaseOf(connection).command({ ping: 1 }, { timeoutMS: timeoutMs }), late]);
  } finally {
    answered.abort();
    // What is left of the losing side is nobody's any more.
    late.catch(() => undefined);
  }
}

function databaseOf(connection: Connection): NonNullable<Connection['db']> {
  if (connection.db === undefined) throw new Error('store: the connection to MongoDB is closed');
  return connection.db;
}

function namesDatabase(uri: string): boolean {
  return /^mongodb(\+srv)?:\/\/[^/?]+\/[^?]/.test(uri);
}

/** The driver quotes an address that it cannot read, password and all (I9): then neither it nor the cause is shown. */
function unreachable(uri: string, cause: unknown): Error {
  const reason = messageOf(cause);
  if (reason.includes(uri)) return new Error('store: MONGODB_URI is no valid connection string');
  return new Error(`store: cannot connect to MongoDB at ${hostsOf(uri)}: ${reason}`, { cause });
}

/** Without user and password, whose special characters may be unescaped. */
function hostsOf(uri: string): string {
  const [, hosts, rest] = /^mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?([^@/?]*)(.*)$/.exec(uri) ?? [];
  return hosts === undefined || rest?.includes('@') ? 'the given address' : hosts;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
