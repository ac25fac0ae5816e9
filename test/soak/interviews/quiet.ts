import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from '../world.ts';
import type { Booking } from './booking.ts';
import type { InterviewsApi, InterviewView } from './interviews-api.ts';

/** In these nothing is to be done by itself. */
const lastStates = new Set(['booked', 'conflict', 'failed', 'removed_by_user', 'cancelled']);

const patienceMs = 120_000;
/** More than two ticks of the scheduler, and the look that is taken after a link to a meeting was asked for. */
const stillForMs = 2_500;
/** Where a creation had no answer, another event may come about late: so long apart are the first looks for it. */
const soonMs = 6_000;

/**
 * Resolves, with what is shown of each interview, when nothing has changed of any of them for a while, each is in a last
 * state, and no job that could change that is left. Where it does not come to that, with what there is in the end: the
 * oracle says what is wrong with it.
 */
export async function untilQuiet(
  world: World,
  api: InterviewsApi,
  bookings: readonly Booking[],
): Promise<Map<string, InterviewView>> {
  const deadline = Date.now() + patienceMs;
  let views = await viewsOf(api, bookings);
  for (let stillSince = Date.now(); Date.now() < deadline;) {
    await sleep(500);
    const now = await viewsOf(api, bookings);
    const isBusy = !isSettled(now) || (await hasWork(world));
    if (isBusy || JSON.stringify([...now]) !== JSON.stringify([...views])) stillSince = Date.now();
    views = now;
    if (Date.now() - stillSince >= stillForMs) break;
  }
  return views;
}

async function viewsOf(
  api: InterviewsApi,
  bookings: readonly Booking[],
): Promise<Map<string, InterviewView>> {
  const asked = bookings.filter(({ asks }) => asks.length > 0);
  const views = await Promise.all(asked.map(async ({ id }) => [id, await api.interview(id)] as const));
  return new Map(views.flatMap(([id, view]) => (view === undefined ? [] : [[id, view] as const])));
}

function isSettled(views: ReadonlyMap<string, InterviewView>): boolean {
  return [...views.values()].every(({ state }) => lastStates.has(state));
}

/** What lies in the queues for later is brought forward, as an operator does. */
async function hasWork({ producer, database }: World): Promise<boolean> {
  const queues = producer.queues.filter(({ name }) => name === 'sync' || name === 'write');
  await Promise.all(queues.map((queue) => queue.promoteJobs()));
  const { sync, write } = await producer.counts();
  const isBusy = [sync, write].some((counts) => unfinished.some((state) => (counts[state] ?? 0) > 0));
  if (isBusy) return true;
  const dueAt = { $lte: new Date(Date.now() + soonMs) };
  return (await database.collection('interviews').countDocuments({ dueAt })) > 0;
}

const unfinished = ['active', 'waiting', 'prioritized', 'delayed'];
