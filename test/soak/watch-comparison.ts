import { setTimeout as sleep } from 'node:timers/promises';
import { Types } from 'mongoose';
import { silentSweepsLimit } from '../../src/domain/watch.ts';
import type { Difference } from './difference.ts';
import type { MainApp } from './main-app.ts';
import type { Account } from './model.ts';
import type { Tally } from './tally.ts';
import { linesOf, type World } from './world.ts';

const patienceMs = 60_000;
const pollMs = 500;
const hurryEveryMs = 5000;

/**
 * Each calendar that counts (at Microsoft, each account that has one) is watched by exactly one watch that both sides know,
 * and whatever else a provider still sends for is known to us as about to be stopped.
 */
export async function compareWatches(world: World, app: MainApp, tally: Tally): Promise<Difference[]> {
  const deadline = Date.now() + patienceMs;
  for (let hurryAt = 0; ; await sleep(pollMs)) {
    const { differences, compared } = await compareOnce(world, app);
    if (differences.length === 0 || Date.now() > deadline) {
      tally.count('comparisons', 'watches', compared);
      return differences;
    }
    if (Date.now() < hurryAt) continue;
    await letTimePass(world);
    hurryAt = Date.now() + hurryEveryMs;
  }
}

/**
 * What failed is tried again after minutes, and a creation that was cut off counts as lost after two. A run has no time
 * for that: here these minutes are over.
 */
async function letTimePass({ database }: World): Promise<void> {
  const [now, longAgo] = [new Date(), new Date(Date.now() - 600_000)];
  await database
    .collection('watches')
    .updateMany(
      { state: 'creating', createdAt: { $lt: new Date(now.getTime() - 2 * hurryEveryMs) } },
      { $set: { createdAt: longAgo } },
    );
  await database.collection('connections').updateMany({}, { $set: { nextWatchAt: now } });
}

/** As far as it matters here. */
interface Watch {
  readonly id: string;
  readonly connectionId: string;
  readonly calendarId: string | undefined;
  readonly state: string;
  readonly providerWatchId: string | undefined;
  /** It has to be renewed or replaced: one that stands on a token that has lapsed stands there and is silent. */
  readonly isDue: boolean;
}

/** What a provider sends for, under our name for it: at both, that is in what it was given along. */
interface Standing {
  readonly watchId: string;
  readonly providerWatchId: string;
}

async function compareOnce(
  world: World,
  app: MainApp,
): Promise<{ differences: Difference[]; compared: number }> {
  const watches = await storedWatches(world);
  const differences: Difference[] = [];
  let compared = 0;
  for (const account of world.accounts) {
    const connection = await app.connection(account);
    const calendars = [...(await app.calendars(connection?.id ?? '')).values()];
    const selected = calendars.filter((calendar) => calendar.selected).map(({ id }) => id);
    const own = watches.filter(({ connectionId }) => connectionId === connection?.id);
    const targets = account.provider === 'google' ? selected : selected.length > 0 ? [undefined] : [];
    const standing = standingWatches(world, account);
    compared += targets.length;
    differences.push(...compareAccount(account, targets, own, standing));
  }
  differences.push(...strangers(world, watches), ...(await failures(world)));
  return { differences, compared };
}

async function storedWatches({ database }: World): Promise<Watch[]> {
  const documents = await database.collection('watches').find().toArray();
  const now = new Date();
  return documents.map(({ _id, connectionId, calendarId, state, providerWatchId, ...life }) => ({
    id: String(_id),
    connectionId: String(connectionId),
    calendarId: calendarId instanceof Types.ObjectId ? calendarId.toHexString() : undefined,
    state: String(state),
    providerWatchId: providerWatchId as string | undefined,
    isDue: life['renewAt'] <= now || Number(life['silentSweeps']) >= silentSweepsLimit,
  }));
}

function standingWatches(
  { product: { google, microsoft } }: World,
  { provider, email }: Pick<Account, 'provider' | 'email'>,
): Standing[] {
  if (provider === 'google') return google.channels().map(({ id }) => ({ watchId: id, providerWatchId: id }));
  return microsoft
    .subscriptions(email)
    .map(({ id, clientState = '' }) => ({ watchId: clientState.split('.')[0] ?? '', providerWatchId: id }));
}

function compareAccount(
  { provider, email }: Account,
  targets: readonly (string | undefined)[],
  own: readonly Watch[],
  standing: readonly Standing[],
): Difference[] {
  const where = `watches of ${provider} ${email}`;
  const active = own.filter(({ state }) => state === 'active');
  const ids = (watches: readonly (string | undefined)[]): string => watches.map(String).toSorted().join(' ');
  const wanted = ids(targets);
  const found = ids(active.map(({ calendarId }) => calendarId));
  const lost = active.filter(
    ({ id, providerWatchId }) =>
      !standing.some((one) => one.watchId === id && one.providerWatchId === providerWatchId),
  );
  return [
    ...(wanted === found ? [] : [{ where, field: 'active watches', expected: wanted, stored: own }]),
    ...lost.map((watch) => ({ where, field: 'not watched', expected: standing, stored: watch })),
    ...active
      .filter(({ isDue }) => isDue)
      .map((stored) => ({ where, field: 'due and not renewed', expected: undefined, stored })),
  ];
}

/** What a provider sends for and we have no record of; but for what was said to be left, since its grant was dead. */
function strangers(world: World, watches: readonly Watch[]): Difference[] {
  const left = linesOf(world).flatMap(({ watchIds }) => (watchIds ?? []) as readonly string[]);
  const known = new Set([...watches.map(({ id }) => id), ...left]);
  return world.accounts
    .flatMap((account) => standingWatches(world, account))
    .filter(({ watchId }) => !known.has(watchId))
    .map((stored) => ({ where: 'providers', field: 'a watch left behind', expected: undefined, stored }));
}

/** Of what was tried last: such as an authorization that Graph asked for, without which a watch stands and is silent. */
async function failures({ database }: World): Promise<Difference[]> {
  const failed = await database
    .collection('connections')
    .find({ pushFailure: { $exists: true } })
    .toArray();
  return failed.map(({ email, pushFailure }) => ({
    where: `watches of ${String(email)}`,
    field: 'failed',
    expected: undefined,
    stored: pushFailure,
  }));
}
