/**
 * `npm run bench`: how fast the product is, each time against the least that the same work can cost on this machine at
 * this moment. Real MongoDB, real adapters, job and store; both providers simulated in another process.
 * What the numbers mean, and what was measured where, is in docs/benchmarks.md.
 */
import { cpus, loadavg } from 'node:os';
import { stopSignal } from '../scripts/processes/stop-signal.ts';
import { startServices } from '../scripts/services/start-services.ts';
import { providerIds } from '../src/domain/provider-id.ts';
import {
  availabilityLines,
  measureAvailability,
  type AvailabilityLine,
} from './availability/availability.ts';
import { measureBooking, type Booking } from './booking/booking.ts';
import { bookingLines } from './booking/booking-report.ts';
import { openDatabases } from './databases.ts';
import { measureFirstSync } from './first-sync.ts';
import { measureFullResync } from './full-resync.ts';
import { assertFlat, lineOf, measureLargeCalendars, type LargeCalendar } from './large-calendar.ts';
import { readOptions, type Measurement, type Options } from './options.ts';
import { measurePeakMemory, type PeakMemory } from './peak-memory.ts';
import { createSyncing } from './product.ts';
import { measureFreshness, type Freshness } from './push/freshness.ts';
import { catchUpLines, freshnessLines, stormLines } from './push/push-report.ts';
import type { PushStage } from './push/stage.ts';
import { measureStorm, type Storm } from './push/storm.ts';
import { measureCatchUp, type CatchUp } from './quota/quota.ts';
import { rehearse, type Stage } from './rehearsal.ts';
import { rowOf, rounded, tableOf, type Row } from './report.ts';
import { measureSealing } from './sealing.ts';
import { startVendors } from './vendors.ts';

const large = 10_000;
const small = 1000;
const sealedBytes = 2000;
const shortRounds = 30;

/** Those for which both vendors hold calendars beforehand. */
const withCalendars: ReadonlySet<Measurement> = new Set([
  'first-sync',
  'full-resync',
  'memory',
  'large-calendar',
]);

interface Results {
  readonly rows: Row[];
  readonly memory: PeakMemory[];
  readonly largeCalendars: LargeCalendar[];
  readonly freshness: Freshness[];
  readonly storms: Storm[];
  readonly catchUps: CatchUp[];
  readonly bookings: Booking[];
  readonly availability: AvailabilityLine[];
}

/** What is going on, beside the results: never mixed with the JSON. */
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const stopping = new AbortController();
const { signal } = stopping;
void stopSignal().then((name) => stopping.abort(new Error(`${name} ended it.`)));
const opened = new AsyncDisposableStack();

try {
  await bench(readOptions(process.argv.slice(2)));
} catch (error) {
  process.exitCode = 1;
  say(`\nThe benchmark failed: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await opened.disposeAsync();
}

async function bench(options: Options): Promise<void> {
  const results: Results = {
    rows: [],
    memory: [],
    largeCalendars: [],
    freshness: [],
    storms: [],
    catchUps: [],
    bookings: [],
    availability: [],
  };
  try {
    await measure(options, results);
  } finally {
    // Also where the last one failed.
    console.log(options.json ? JSON.stringify({ ...surroundings(), ...results }, null, 2) : textOf(results));
  }
  assertFlat(results.largeCalendars);
}

async function measure(options: Options, results: Results): Promise<void> {
  const { only } = options;
  if (only.has('sealing')) results.rows.push(...(await sealing()));
  if (![...only].some((measurement) => measurement !== 'sealing')) return;
  const servers = await openServers(options);
  if ([...only].some((measurement) => withCalendars.has(measurement))) {
    await measureCalendars(await openStage(servers), options, results);
  }
  if (only.has('availability'))
    results.availability.push(...(await measureAvailability(servers, options.availability)));
  if (only.has('freshness')) results.freshness.push(await measureFreshness(servers, options.freshness));
  if (only.has('storm')) results.storms.push(await measureStorm(servers, options.storm));
  if (only.has('quota')) results.catchUps.push(await measureCatchUp(servers, options.quota));
  if (only.has('booking')) results.bookings.push(await measureBooking(servers, options.booking));
}

async function measureCalendars(stage: Stage, { only, rounds }: Options, results: Results): Promise<void> {
  if (only.has('first-sync') || only.has('full-resync')) {
    for (const vendor of providerIds) results.rows.push(...(await syncs(stage, vendor, only, rounds)));
  }
  if (only.has('memory')) results.memory.push(...(await memory(stage)));
  if (only.has('large-calendar')) results.largeCalendars.push(...(await largeCalendars(stage)));
}

async function openServers({ profileInto }: Options): Promise<PushStage> {
  const { MONGODB_URI } = process.env;
  const services = await startServices({ ...(MONGODB_URI && { mongodbUri: MONGODB_URI }), say });
  opened.defer(() => services.stop());
  const databases = await openDatabases(services.mongodbUri);
  opened.defer(() => databases.close());
  return { databases, services, say, signal, profileInto };
}

async function openStage({ databases }: PushStage): Promise<Stage> {
  const vendors = await startVendors([large, small]);
  opened.defer(() => vendors.close());
  const syncing = createSyncing(vendors);
  opened.defer(() => syncing.close());
  return { vendors, syncing, databases, signal };
}

async function syncs(
  stage: Stage,
  vendor: (typeof providerIds)[number],
  only: Options['only'],
  rounds: number,
): Promise<Row[]> {
  say(`${vendor}: rehearsing a sync of ${large.toLocaleString('en')} events …`);
  const rehearsal = await rehearse(stage, vendor, large);
  const subject = `${vendor}, ${large.toLocaleString('en')} events`;
  const rows: Row[] = [];
  try {
    if (only.has('first-sync')) {
      say(`${vendor}: first syncs …`);
      const first = await measureFirstSync(stage, rehearsal, rounds);
      const counts = {
        'bytes of a stored event, on average': first.averageBytes,
        "insertMany's share of the floor, in percent": rounded(first.insertShare * 100),
      };
      rows.push(rowOf({ measurement: 'first-sync', subject }, first, { counts }));
    }
    if (only.has('full-resync')) {
      say(`${vendor}: full resyncs of what has not changed …`);
      const full = await measureFullResync(stage, rehearsal, rounds);
      const counts = {
        'events written, as the server counted': full.writes.documents,
        'write operations on events, as the server counted': full.writes.operations,
        'for comparison, events written by the first sync': full.firstSyncWrites.documents,
      };
      rows.push(rowOf({ measurement: 'full-resync', subject }, full, { counts }));
    }
    return rows;
  } finally {
    await rehearsal.listing.close();
  }
}

async function sealing(): Promise<Row[]> {
  say('sealing …');
  const { seal, open, operations } = await measureSealing(sealedBytes, shortRounds, signal);
  return [
    rowOf({ measurement: 'sealing', subject: `seal ${sealedBytes.toLocaleString('en')} bytes` }, seal, {
      operations,
    }),
    rowOf({ measurement: 'sealing', subject: `open ${sealedBytes.toLocaleString('en')} bytes` }, open, {
      operations,
    }),
  ];
}

async function memory(stage: Stage): Promise<PeakMemory[]> {
  say('memory …');
  const results: PeakMemory[] = [];
  for (const vendor of providerIds) {
    results.push(...(await measurePeakMemory(stage, vendor, [small, large])));
  }
  return results;
}

function largeCalendars(stage: Stage): Promise<LargeCalendar[]> {
  say('large calendars …');
  return measureLargeCalendars(stage);
}

function surroundings() {
  const [load = 0] = loadavg();
  const processors = cpus();
  return {
    node: process.version,
    cpu: processors[0]?.model ?? '',
    cores: processors.length,
    load: rounded(load),
  };
}

function textOf({
  rows,
  memory: peaks,
  largeCalendars: calendars,
  freshness,
  storms,
  catchUps,
  bookings,
  availability,
}: Results): string {
  const { node, cpu, cores, load } = surroundings();
  const memoryLines = peaks.map(
    ({ vendor, written, beforeMb, peakMb }) =>
      `memory: first sync, ${vendor}, ${written.toLocaleString('en')} events: ${peakMb} MiB at most, ${beforeMb} MiB before it`,
  );
  return [
    `Node ${node} on ${cores} × ${cpu}; load ${load}`,
    'Median (fastest–slowest); the ratios are of the medians, "CPU" is the processor time of our process alone.',
    '',
    ...(rows.length > 0 ? [tableOf(rows), ''] : []),
    ...memoryLines,
    ...calendars.map(lineOf),
    ...availabilityLines(availability),
    ...freshness.flatMap(freshnessLines),
    ...storms.flatMap(stormLines),
    ...catchUps.flatMap(catchUpLines),
    ...bookings.flatMap(bookingLines),
  ].join('\n');
}
