import { randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { jobsAtATime, startFloorProcess } from '../floor-process.ts';
import type { Syncing } from '../product.ts';
import { inParallel } from '../push/in-parallel.ts';
import { watchNumbers, type NumberWatch } from '../push/number-watch.ts';
import type { ProductServices } from '../push/running-product.ts';
import type { Person } from '../push/vendor-orders.ts';
import { floorCollection, type FloorOrder, type FloorScript, type FloorTemplates } from './floor-order.ts';
import type { FloorAccount } from './floor-requests.ts';
import type { Wish } from './wishes.ts';

export interface BookingFloor {
  /** As the product takes it. */
  put(interviewId: string, wish: Wish): Promise<void>;
  /** How often each interview was written at its vendor, and that written down. */
  readonly written: NumberWatch;
  stop(): Promise<void>;
}

export interface FloorMeans {
  readonly syncing: Syncing;
  readonly vendorEnv: Readonly<Record<string, string>>;
  readonly templates: FloorTemplates;
}

/**
 * The least that the way from a PUT to a vendor can be: a bare HTTP handler, one BullMQ job, and the one request to the
 * vendor that our adapter makes; after it one write that a majority has to have. Two processes, as ours.
 */
export async function startBookingFloor(
  services: ProductServices,
  { syncing, vendorEnv, templates }: FloorMeans,
  people: readonly Person[],
): Promise<BookingFloor> {
  const stack = new AsyncDisposableStack();
  try {
    const client = await mongo.MongoClient.connect(services.mongodbUri, { writeConcern: { w: 'majority' } });
    stack.defer(() => client.close());
    const written = await watchNumbers(client.db().collection(floorCollection), revisions);
    stack.defer(() => written.close());
    const accounts = await inParallel(people, async ({ vendor, email }): Promise<FloorAccount> => {
      const { tokens } = await syncing.grantOf(vendor, email);
      return { vendor, email, accessToken: tokens.accessToken, origin: originOf(vendor, vendorEnv) };
    });
    const prefix = `bench-floor-${randomBytes(4).toString('hex')}`;
    const order: FloorOrder = { ...services, prefix, concurrency: jobsAtATime(vendorEnv).write };
    const worker = startFloorProcess(new URL('floor-worker-process.ts', import.meta.url), order);
    stack.defer(() => worker.end());
    const script: FloorScript = { accounts, templates };
    worker.tell(script);
    const intake = startFloorProcess(new URL('floor-intake-process.ts', import.meta.url), order);
    stack.defer(() => intake.end());
    const [url] = await Promise.all([intake.firstWord(), worker.firstWord()]);
    return { put: putTo(String(url)), written, stop: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

const revisions = {
  project: {
    id: '$documentKey._id',
    revision: { $ifNull: ['$fullDocument.revision', '$updateDescription.updatedFields.revision'] },
  },
  read: (change: mongo.Document) => ({ name: String(change['id']), number: Number(change['revision']) }),
};

function originOf(vendor: ProviderId, env: Readonly<Record<string, string>>): string {
  return new URL(env[{ google: 'GOOGLE_CALENDAR_URL', microsoft: 'MICROSOFT_GRAPH_URL' }[vendor]] ?? '')
    .origin;
}

function putTo(url: string): BookingFloor['put'] {
  return async (interviewId, wish) => {
    const answer = await fetch(`${url}/v1/interviews/${interviewId}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wish),
    });
    await answer.text();
    if (!answer.ok) throw new Error(`the floor answered ${answer.status} to the PUT of ${interviewId}`);
  };
}
