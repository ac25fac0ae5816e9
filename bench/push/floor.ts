import { randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import { jobsAtATime, startFloorProcess } from '../floor-process.ts';
import type { Syncing } from '../product.ts';
import { readChanges, type FloorAccount } from './floor-listing.ts';
import { inParallel } from './in-parallel.ts';
import type { ProductServices } from './running-product.ts';
import type { Person } from './vendor-orders.ts';

/** What the processes of the floor are told. */
export interface FloorOrder extends ProductServices {
  readonly prefix: string;
  readonly concurrency: number;
}

export interface Floor {
  /** Where titles become visible. */
  readonly events: mongo.Collection;
  stop(): Promise<void>;
}

/**
 * The least that the way from a notification to the database can be: a bare HTTP handler, one BullMQ job, one request to
 * the vendor for the changes since the last time, and one write that a majority has to have. Two processes, as ours.
 */
export async function startFloor(
  services: ProductServices,
  { syncing, vendorEnv }: { readonly syncing: Syncing; readonly vendorEnv: Readonly<Record<string, string>> },
  people: readonly Person[],
): Promise<Floor> {
  const stack = new AsyncDisposableStack();
  try {
    const client = await mongo.MongoClient.connect(services.mongodbUri, { writeConcern: { w: 'majority' } });
    stack.defer(() => client.close());
    const events = client.db().collection('events');
    const prefix = `bench-floor-${randomBytes(4).toString('hex')}`;
    const order: FloorOrder = { ...services, prefix, concurrency: jobsAtATime(vendorEnv).sync };
    const intake = startFloorProcess(new URL('floor-intake-process.ts', import.meta.url), order);
    stack.defer(() => intake.end());
    const url = String(await intake.firstWord());
    const accounts = await inParallel(people, (person) =>
      subscribe(person, url, { syncing, vendorEnv, events }),
    );
    const worker = startFloorProcess(new URL('floor-worker-process.ts', import.meta.url), order);
    stack.defer(() => worker.end());
    worker.tell(accounts);
    await worker.firstWord();
    return { events, stop: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface Tools {
  readonly syncing: Syncing;
  readonly vendorEnv: Readonly<Record<string, string>>;
  readonly events: mongo.Collection;
}

/** Signs in, reads what is there, and asks to be told. */
async function subscribe({ vendor, email }: Person, url: string, tools: Tools): Promise<FloorAccount> {
  const { accessToken } = (await tools.syncing.grantOf(vendor, email)).tokens;
  const calls = callsOf(tools.vendorEnv, url)[vendor];
  const { cursorUrl, items } = await readChanges({ accessToken, cursorUrl: calls.firstListing });
  await tools.events.insertMany(
    items.map(({ id, title }) => ({ _id: `${email}/${id}` as unknown as mongo.ObjectId, title })),
  );
  const answer = await fetch(calls.watch, {
    method: 'POST',
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(calls.watchBody(email)),
  });
  if (!answer.ok) throw new Error(`${vendor} answered ${answer.status} to the floor's watch of ${email}`);
  return { vendor, email, accessToken, cursorUrl };
}

const dayMs = 86_400_000;

function callsOf(env: Readonly<Record<string, string>>, url: string) {
  const calendar = `${(env['GOOGLE_CALENDAR_URL'] ?? '').replace(/\/$/, '')}/calendars/primary/events`;
  const graph = env['MICROSOFT_GRAPH_URL'] ?? '';
  const at = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();
  const span = new URLSearchParams({ startDateTime: at(-30), endDateTime: at(180) }).toString();
  return {
    google: {
      firstListing: `${calendar}?maxResults=2500`,
      watch: `${calendar}/watch`,
      watchBody: (email: string) => ({
        id: randomBytes(12).toString('hex'),
        type: 'web_hook',
        address: url,
        token: email,
      }),
    },
    microsoft: {
      firstListing: `${graph}/me/calendarView/delta?${span}`,
      watch: `${graph}/subscriptions`,
      watchBody: (email: string) => ({
        changeType: 'created,updated,deleted',
        resource: '/me/events',
        notificationUrl: url,
        clientState: email,
        expirationDateTime: at(2),
      }),
    },
  };
}
