import type { mongo } from 'mongoose';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { diceOf, seededRandom } from '../seeded.ts';
import { connectPeople, peopleOf, syncRuns, untilQuiet } from './connected-people.ts';
import { inParallel } from './in-parallel.ts';
import { latenciesOf, type Latencies } from './latencies.ts';
import { startLivingVendors } from './living-vendors.ts';
import { startNotificationSender, type NotificationSender } from './notification-sender.ts';
import { startProduct } from './running-product.ts';
import type { PushStage } from './stage.ts';
import type { Destination, Person, RemoteOrders } from './vendor-orders.ts';

export interface StormSize {
  readonly notifications: number;
  readonly calendars: number;
}

export interface Storm extends StormSize {
  /** From the request to its answer. */
  readonly acknowledgements: Latencies;
  readonly seconds: number;
  /** How often something was really changed. */
  readonly changes: number;
  /** For a calendar: while the notifications came, and after the last one. */
  readonly syncsDuring: { readonly average: number; readonly max: number };
  readonly syncsAfter: { readonly average: number; readonly max: number };
  readonly requests: Readonly<Record<ProviderId, number>>;
  readonly comparedEvents: number;
}

const eventsEach = 5;
/** As many of a vendor's senders at a time. */
const sockets = 100;
/** A few at a time, and not counted. */
const warmUps = 1000;
/** One in so many tells of a change that was made just before; the rest repeat what is known. */
const changeEvery = 10;
/** learn.microsoft.com/graph/change-notifications-delivery-webhooks: later answers count as slow. */
const acknowledgeWithinMs = 3000;
const syncsAfterAtMost = 2;

/**
 * A burst of notifications, as fast as so many sockets carry them, while the product syncs what they tell of. Throws where
 * one is not taken, or too late, where calendars are synced more than twice after the burst, or where the store is not
 * what the vendors have.
 */
export async function measureStorm(stage: PushStage, size: StormSize): Promise<Storm> {
  await using opened = new AsyncDisposableStack();
  const { databases, services, say } = stage;
  const vendors = await startLivingVendors();
  opened.defer(() => vendors.close());
  const people = peopleOf('stormy', size.calendars);
  await vendors.orders.addPeople(people, eventsEach);
  const name = databases.freshName();
  const own = { ...services, mongodbUri: databases.uriOf(name) };
  const product = await startProduct(own, vendors.env, stage.profileInto);
  opened.defer(() => product.stop());
  const database = databases.client.db(name);
  await connectPeople(product, database, people, say);

  // What is told is told by us from here on, so that each answer can be timed.
  await vendors.orders.loseNotifications();
  const destinations = await vendors.orders.destinations(people);
  if (destinations.length !== people.length)
    throw new Error(`${destinations.length} watches at the vendors for ${people.length} calendars`);
  const sender = startNotificationSender(sockets);
  opened.defer(() => sender.close());
  say('a breeze, in which code is compiled and sockets are opened …');
  await inParallel(repeated(destinations, warmUps), (destination) => sender.send(destination));
  await untilQuiet(database);
  say('the storm …');
  await vendors.orders.takeRequestCounts();
  const atStart = await syncRuns(database);
  const burst = await send(stage, size, { destinations, sender, orders: vendors.orders });
  const atEnd = await syncRuns(database);
  await untilQuiet(database);
  const atRest = await syncRuns(database);
  const requests = await vendors.orders.takeRequestCounts();
  const comparedEvents = await compare(database, vendors.orders, people);
  const storm = {
    ...size,
    ...burst,
    syncsDuring: perCalendar(atStart, atEnd),
    syncsAfter: perCalendar(atEnd, atRest),
    requests,
    comparedEvents,
  };
  assertWeathered(storm);
  return storm;
}

interface Scene {
  readonly destinations: readonly Destination[];
  readonly sender: NotificationSender;
  readonly orders: RemoteOrders;
}

async function send(
  { signal }: PushStage,
  { notifications }: StormSize,
  { destinations, sender, orders }: Scene,
): Promise<Pick<Storm, 'acknowledgements' | 'seconds' | 'changes'>> {
  const dice = diceOf(seededRandom(notifications));
  const order = shuffled(
    Array.from({ length: notifications }, (_, index) => index),
    dice.between,
  );
  let changes = 0;
  const startedAt = performance.now();
  const took = await inParallel(
    order,
    async (index) => {
      signal.throwIfAborted();
      const destination = destinations[index % destinations.length];
      if (destination === undefined) throw new Error('there is nobody to notify');
      // By calendar, so that each of them has its share of changes.
      if (Math.floor(index / destinations.length) % changeEvery === 0) {
        await orders.change(destination.person, `storm ${(changes += 1)}`);
      }
      return sender.send(destination);
    },
    sockets,
  );
  const seconds = (performance.now() - startedAt) / 1000;
  return { acknowledgements: latenciesOf(took), seconds, changes };
}

function repeated(destinations: readonly Destination[], times: number): Destination[] {
  return Array.from({ length: times }, (_, index) => destinations[index % destinations.length]).filter(
    (destination) => destination !== undefined,
  );
}

/** Fisher and Yates. */
function shuffled<T>(list: readonly T[], between: (from: number, to: number) => number): T[] {
  const mixed = [...list];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = between(0, last);
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}

function perCalendar(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) {
  const counts = [...after].map(([user, runs]) => runs - (before.get(user) ?? 0));
  const sum = counts.reduce((total, count) => total + count, 0);
  return { average: sum / counts.length, max: Math.max(...counts) };
}

/** Every event of every calendar, by id, title and time. Gives how many. */
async function compare(database: mongo.Db, orders: RemoteOrders, people: readonly Person[]): Promise<number> {
  let compared = 0;
  for (const person of people) {
    const vendor = await orders.events(person);
    const stored = await database.collection('events').find({ userId: person.email }).toArray();
    const ours = stored.map(({ providerEventId, title, start }) =>
      [providerEventId, title, (start as Date).getTime()].join(' '),
    );
    const theirs = vendor.map(({ id, title, start }) => [id, title, start].join(' '));
    if (ours.toSorted().join('\n') !== theirs.toSorted().join('\n')) {
      throw new Error(
        `${person.email} has\n${theirs.join('\n')}\nat ${person.vendor}, and stored is\n${ours.join('\n')}`,
      );
    }
    compared += vendor.length;
  }
  return compared;
}

function assertWeathered({ acknowledgements, syncsAfter }: Storm): void {
  if (acknowledgements.max > acknowledgeWithinMs)
    throw new Error(`a notification was acknowledged after ${Math.round(acknowledgements.max)} ms`);
  if (syncsAfter.max > syncsAfterAtMost)
    throw new Error(`a calendar was synced ${syncsAfter.max} times after the burst`);
}
