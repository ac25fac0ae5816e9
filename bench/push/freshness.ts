import type { mongo } from 'mongoose';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import { providerIds } from '../../src/domain/provider-id.ts';
import { createSyncing } from '../product.ts';
import { diceOf, seededRandom, type Dice } from '../seeded.ts';
import { connectPeople, peopleOf, spreadSweeps, syncRuns } from './connected-people.ts';
import { startFloor } from './floor.ts';
import { inSlots } from './in-slots.ts';
import { latenciesOf, type Latencies } from './latencies.ts';
import { startLivingVendors } from './living-vendors.ts';
import { startProduct, type RunningProduct } from './running-product.ts';
import type { PushStage } from './stage.ts';
import type { NumberWatch } from './number-watch.ts';
import { readTitle, titleText, watchTitles, type NumberedTitle } from './titles.ts';
import type { Person, RemoteOrders } from './vendor-orders.ts';

export interface FreshnessSize {
  readonly connections: number;
  readonly changesPerSecond: number;
  /** Of changes, on each side. */
  readonly seconds: number;
}

export interface Freshness extends FreshnessSize {
  readonly vendors: readonly VendorFreshness[];
  readonly changes: number;
  /** Turns that syncs took meanwhile, regular ones too. */
  readonly syncs: number;
  readonly requests: Readonly<Record<ProviderId, number>>;
  /** How many changes were asked for through the API as soon as the database told of them; all were there. */
  readonly confirmed: number;
}

export interface VendorFreshness {
  readonly vendor: ProviderId;
  readonly floor: Latencies;
  readonly ours: Latencies;
}

const eventsEach = 5;
/** The floor's way does not depend on how many accounts there are. */
const floorAccounts = 100;
/** Not half of the scheduler's ten seconds: its ticks would then always fall on the same side. */
const secondsAtATime = 6;
const patienceMs = 60_000;
const confirmEvery = 20;

/**
 * From a change at the vendor to its being visible here, by the vendor's notification: ours, and the floor, by turns of a
 * few seconds each, so that whatever else the machine does falls on both. Throws where a change does not arrive at all.
 */
export async function measureFreshness(stage: PushStage, size: FreshnessSize): Promise<Freshness> {
  await using opened = new AsyncDisposableStack();
  const { databases, services, say } = stage;
  const vendors = await startLivingVendors();
  opened.defer(() => vendors.close());
  const people = peopleOf('person', size.connections);
  const bare = peopleOf('floor', floorAccounts);
  await vendors.orders.addPeople([...people, ...bare], eventsEach);

  say('the floor subscribes …');
  const syncing = createSyncing(vendors);
  opened.defer(() => syncing.close());
  const floorServices = { ...services, mongodbUri: databases.uriOf(databases.freshName()) };
  const floor = await startFloor(floorServices, { syncing, vendorEnv: vendors.env }, bare);
  opened.defer(() => floor.stop());

  const name = databases.freshName();
  const own = { ...services, mongodbUri: databases.uriOf(name) };
  const product = await startProduct(own, vendors.env, stage.profileInto);
  opened.defer(() => product.stop());
  const database = databases.client.db(name);
  await connectPeople(product, database, people, say);
  await spreadSweeps(database, product.sweepMs);

  const sides: Sides = {
    floor: await openSide(opened, floor.events, bare),
    ours: await openSide(opened, database.collection('events'), people),
  };
  const counts = await runSides(stage, size, sides, { orders: vendors.orders, product, database });
  return { ...size, ...counts, vendors: providerIds.map((vendor) => resultOf(vendor, sides)) };
}

interface Side {
  readonly titles: NumberWatch;
  readonly people: readonly Person[];
  readonly dice: Dice;
  readonly latencies: Record<ProviderId, number[]>;
  /** Changes, from the start. */
  made: number;
}

type Sides = Readonly<Record<'floor' | 'ours', Side>>;

async function openSide(
  opened: AsyncDisposableStack,
  events: mongo.Collection,
  people: readonly Person[],
): Promise<Side> {
  const titles = await watchTitles(events);
  opened.defer(() => titles.close());
  const latencies = { google: [], microsoft: [] };
  return { titles, people, dice: diceOf(seededRandom(people.length)), latencies, made: 0 };
}

async function totalRuns(database: mongo.Db): Promise<number> {
  return [...(await syncRuns(database)).values()].reduce((sum, runs) => sum + runs, 0);
}

interface Scene {
  readonly orders: RemoteOrders;
  readonly product: RunningProduct;
  readonly database: mongo.Db;
}

async function runSides(
  { signal, say }: PushStage,
  { changesPerSecond, seconds }: FreshnessSize,
  { floor, ours }: Sides,
  { orders, product, database }: Scene,
): Promise<Pick<Freshness, 'changes' | 'requests' | 'confirmed' | 'syncs'>> {
  const requests: Record<ProviderId, number> = { google: 0, microsoft: 0 };
  let confirmed = 0;
  let syncs = 0;
  const confirm = async (title: NumberedTitle): Promise<void> => {
    if (title.number % confirmEvery !== 0) return;
    await assertShown(product, title);
    confirmed += 1;
  };
  // The first turn of each is not counted: code is compiled in it, and sockets are opened.
  const turns = Math.ceil(seconds / secondsAtATime) + 1;
  for (let turn = 0; turn < turns; turn += 1) {
    signal.throwIfAborted();
    if (turn === 1) {
      for (const side of [floor, ours]) forget(side);
      confirmed = 0;
    }
    say(`freshness: turn ${turn} of ${turns - 1} …`);
    const changes = changesPerSecond * secondsAtATime;
    await changeAndWait(floor, changes, changesPerSecond, orders, async () => {});
    const runsBefore = await totalRuns(database);
    await orders.takeRequestCounts();
    await changeAndWait(ours, changes, changesPerSecond, orders, confirm);
    const counts = await orders.takeRequestCounts();
    if (turn === 0) continue;
    for (const vendor of providerIds) requests[vendor] += counts[vendor];
    syncs += (await totalRuns(database)) - runsBefore;
  }
  return { changes: changesOf(ours), requests, confirmed, syncs };
}

function changesOf({ latencies }: Side): number {
  return providerIds.reduce((sum, vendor) => sum + latencies[vendor].length, 0);
}

function forget(side: Side): void {
  for (const vendor of providerIds) side.latencies[vendor].length = 0;
}

async function changeAndWait(
  side: Side,
  changes: number,
  perSecond: number,
  orders: RemoteOrders,
  afterwards: (title: NumberedTitle) => Promise<void>,
): Promise<void> {
  await inSlots({ count: changes, perSecond, dice: side.dice }, () => changeOne(side, orders, afterwards));
}

async function changeOne(
  side: Side,
  orders: RemoteOrders,
  afterwards: (title: NumberedTitle) => Promise<void>,
): Promise<void> {
  // By turns through all of them, both vendors alike.
  const person = side.people[side.made % side.people.length];
  side.made += 1;
  if (person === undefined) throw new Error('there is nobody whose calendar could be changed');
  const title = { email: person.email, number: side.made };
  const changedAt = await orders.change(person, titleText(title));
  const visibleAt = await side.titles.reached({ name: title.email, number: title.number }, patienceMs);
  side.latencies[person.vendor].push(visibleAt - changedAt);
  await afterwards(title);
}

async function assertShown({ api }: RunningProduct, { email, number }: NumberedTitle): Promise<void> {
  const dayMs = 86_400_000;
  const at = (days: number): string => new Date(Date.now() + days * dayMs).toISOString();
  const shown = await api.events(email, at(0), at(30));
  const titles = shown.map((event) => readTitle(String(event['title'])));
  // Another change may have come after it.
  if (titles.some((title) => title !== undefined && title.number >= number)) return;
  throw new Error(`the API does not show change ${number} of ${email}, of which the database has told`);
}

function resultOf(vendor: ProviderId, { floor, ours }: Sides): VendorFreshness {
  return {
    vendor,
    floor: latenciesOf(floor.latencies[vendor]),
    ours: latenciesOf(ours.latencies[vendor]),
  };
}
