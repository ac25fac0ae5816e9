import type { mongo } from 'mongoose';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { providerIds } from '../../src/domain/provider-id.ts';
import { until } from '../../test/support/until.ts';
import { createSyncing } from '../product.ts';
import { connectPeople, peopleOf, spreadSweeps, untilQuiet } from '../push/connected-people.ts';
import { startLivingVendors, type LivingVendors } from '../push/living-vendors.ts';
import { watchNumbers } from '../push/number-watch.ts';
import { startProduct, type RunningProduct } from '../push/running-product.ts';
import type { PushStage } from '../push/stage.ts';
import type { RemoteOrders } from '../push/vendor-orders.ts';
import { diceOf, seededRandom } from '../seeded.ts';
import { startBookingFloor } from './floor.ts';
import type { FloorTemplates } from './floor-order.ts';
import type { Template } from './floor-requests.ts';
import { oneAfterAnother, soManyASecond } from './paces.ts';
import { runPhase, type Phase, type PhaseScene, type Transactions, type WishKind } from './phase.ts';
import { askFor, assertOneEach, newInterviews, type BookingSide } from './sides.ts';
import { vendorWrite, writeMethods } from './vendor-writes.ts';
import { minuteOf, wishMaker, type Wish } from './wishes.ts';

export interface BookingSize {
  readonly organizers: number;
  /** One after another, on each side. */
  readonly bookings: number;
  readonly bookingsPerSecond: number;
  /** Of bookings at that rate, and as long of moves, on each side. */
  readonly seconds: number;
}

export interface Booking extends BookingSize {
  readonly phases: readonly Phase[];
  /** Interviews of which the API was asked as soon as the database told of them; all were shown as booked. */
  readonly confirmed: number;
  /** Interviews of ours and of the floor of which each had exactly one event at the end. */
  readonly single: number;
}

const eventsEach = 5;
const confirmEvery = 20;

/**
 * From a PUT to the event at the vendor, and to its being shown as booked: ours, and the floor, by turns. Throws where one
 * does not arrive, is not shown, or has not exactly one event at the end.
 */
export async function measureBooking(stage: PushStage, size: BookingSize): Promise<Booking> {
  await using opened = new AsyncDisposableStack();
  const { databases, services, say } = stage;
  const vendors = await startLivingVendors();
  opened.defer(() => vendors.close());
  const people = peopleOf('organizer', size.organizers);
  const bare = peopleOf('floor', size.organizers);
  await vendors.orders.addPeople([...people, ...bare], eventsEach);

  const name = databases.freshName();
  const own = { ...services, mongodbUri: databases.uriOf(name) };
  const product = await startProduct(own, vendors.env, stage.profileInto);
  opened.defer(() => product.stop());
  const database = databases.client.db(name);
  await connectPeople(product, database, people, say);
  await spreadSweeps(database, product.sweepMs);

  const nextWish = wishMaker(Date.now());
  const ours = await openProduct(opened, product, database, { people, nextWish });
  const templates = await recordTemplates(vendors.orders, ours.side);
  const floor = await openFloor(opened, stage, vendors, { people: bare, nextWish, templates });
  const scene: PhaseScene = {
    orders: vendors.orders,
    floor,
    ours: ours.side,
    settled: () => untilSettled(database),
    transactions: () => countedTransactions(database),
  };
  const dice = diceOf(seededRandom(size.organizers));
  const phases = [
    await runPhase(stage, scene, oneAfterAnother(size.bookings, scene.settled)),
    await runPhase(stage, scene, soManyASecond(size.bookingsPerSecond, size.seconds, dice)),
  ];
  const single = [await assertOneEach(ours.side, vendors.orders), await assertOneEach(floor, vendors.orders)];
  return { ...size, phases, confirmed: ours.confirmed(), single: single.reduce((sum, some) => sum + some) };
}

type Organized = Pick<BookingSide, 'people' | 'nextWish'>;

async function openProduct(
  opened: AsyncDisposableStack,
  { api }: RunningProduct,
  database: mongo.Db,
  organized: Organized,
): Promise<{ readonly side: BookingSide; confirmed(): number }> {
  const watch = await watchNumbers(database.collection('interviews'), appliedRevisions);
  opened.defer(() => watch.close());
  let told = 0;
  let confirmed = 0;
  const side: BookingSide = {
    ...organized,
    name: 'ours',
    interviews: [],
    put: async (id, wish) => {
      const { status, body } = await api.call('PUT', pathOf(id), wish);
      if (status !== 200 && status !== 201)
        throw new Error(`the PUT of ${id} was answered ${status}: ${JSON.stringify(body)}`);
    },
    booked: {
      ...watch,
      reached: async (wanted, withinMs) => {
        const atMs = await watch.reached(wanted, withinMs);
        told += 1;
        if (told % confirmEvery !== 0) return atMs;
        await assertShown(api, wanted.name, wanted.number);
        confirmed += 1;
        return atMs;
      },
    },
  };
  return { side, confirmed: () => confirmed };
}

/** However much of the document a write has changed. */
const appliedRevisions = {
  project: { id: '$documentKey._id', fields: '$updateDescription.updatedFields' },
  read: ({ id, fields }: mongo.Document) => {
    const revision: unknown = fields?.['applied.revision'] ?? fields?.applied?.revision;
    return typeof revision === 'number' ? { name: String(id), number: revision } : undefined;
  },
};

async function assertShown(api: RunningProduct['api'], id: string, revision: number): Promise<void> {
  const { body } = await api.get(pathOf(id));
  if (body.state === 'booked' && body.applied.revision === revision) return;
  throw new Error(
    `the API shows ${id} as ${body.state}, where the database has told of revision ${revision} as booked`,
  );
}

function pathOf(id: string): string {
  return `/v1/interviews/${id}`;
}

/** What our adapters send is what the floor sends, too: one booking and one move at each vendor. */
async function recordTemplates(orders: RemoteOrders, side: BookingSide): Promise<FloorTemplates> {
  await orders.takeRequestCounts();
  const book: Partial<Record<ProviderId, Wish>> = {};
  const move: Partial<Record<ProviderId, Wish>> = {};
  for (const interview of newInterviews(side, providerIds.length)) {
    book[interview.person.vendor] = (await askFor(side, interview)).wish;
    move[interview.person.vendor] = (await askFor(side, interview)).wish;
  }
  const templateOf = async (vendor: ProviderId, kind: WishKind): Promise<Template> => {
    const wish = { book, move }[kind][vendor];
    const request = (await orders.writeRequests(vendor)).find((sent) => {
      const write = vendorWrite(vendor, sent, 0);
      return write?.method === writeMethods[kind] && write.begins === minuteOf(wish?.start ?? '');
    });
    if (wish === undefined || request === undefined)
      throw new Error(`no request of ours to ${vendor} could be recorded (${kind})`);
    return { request, wish };
  };
  const both = async (vendor: ProviderId) => ({
    book: await templateOf(vendor, 'book'),
    move: await templateOf(vendor, 'move'),
  });
  return { google: await both('google'), microsoft: await both('microsoft') };
}

async function openFloor(
  opened: AsyncDisposableStack,
  { databases, services }: PushStage,
  { env }: LivingVendors,
  { templates, ...organized }: Organized & { readonly templates: FloorTemplates },
): Promise<BookingSide> {
  const syncing = createSyncing({ env });
  opened.defer(() => syncing.close());
  const own = { ...services, mongodbUri: databases.uriOf(databases.freshName()) };
  const means = { syncing, vendorEnv: env, templates };
  const floor = await startBookingFloor(own, means, organized.people);
  opened.defer(() => floor.stop());
  return { ...organized, name: 'floor', interviews: [], put: floor.put, booked: floor.written };
}

/** What follows from our own bookings falls on nobody else's turn. */
async function untilSettled(database: mongo.Db): Promise<void> {
  await untilQuiet(database);
  await until(
    async () => (await database.collection('interviews').countDocuments({ dueAt: { $exists: true } })) === 0,
    () => 'some interviews are still due',
  );
  await untilQuiet(database);
}

async function countedTransactions(database: mongo.Db): Promise<Transactions> {
  const { transactions } = await database.command({ serverStatus: 1 });
  return { committed: Number(transactions.totalCommitted), aborted: Number(transactions.totalAborted) };
}
