import { providerIds, type ProviderId } from '../../src/domain/provider-id.ts';
import { latenciesOf, type Latencies } from '../push/latencies.ts';
import type { PushStage } from '../push/stage.ts';
import type { RemoteOrders } from '../push/vendor-orders.ts';
import type { Pace } from './paces.ts';
import { askFor, newInterviews, type BenchInterview, type BookingSide, type SentWish } from './sides.ts';
import { writeMethods } from './vendor-writes.ts';
import { minuteOf } from './wishes.ts';

/** A first wish, and another time for the same interview. */
export const wishKinds = ['book', 'move'] as const;
export type WishKind = (typeof wishKinds)[number];

/** From the PUT to: the vendor has the request that writes it; it is shown as booked. */
export const milestones = ['atProvider', 'shown'] as const;
export type Milestone = (typeof milestones)[number];

export interface PhaseLine {
  readonly kind: WishKind;
  readonly milestone: Milestone;
  readonly vendor: ProviderId;
  readonly floor: Latencies;
  readonly ours: Latencies;
}

export interface Phase {
  readonly pace: string;
  readonly lines: readonly PhaseLine[];
  /** What our wishes of each kind took, and what the vendors notified of afterwards. */
  readonly costs: Readonly<Record<WishKind, Cost>>;
}

export interface Cost {
  readonly requests: Readonly<Record<ProviderId, number>>;
  readonly transactions: Transactions;
}

/** As the server counts them. Those that were aborted started again, in the way of others. */
export interface Transactions {
  readonly committed: number;
  readonly aborted: number;
}

export interface PhaseScene {
  readonly orders: RemoteOrders;
  readonly floor: BookingSide;
  readonly ours: BookingSide;
  /** Resolves when the product has nothing left to do about what was booked. */
  readonly settled: () => Promise<void>;
  /** Since the server started. */
  readonly transactions: () => Promise<Transactions>;
}

/** By turns of a few wishes each, so that whatever else the machine does falls on both. */
export async function runPhase(
  { signal, say }: PushStage,
  scene: PhaseScene,
  { label, turns, ...pace }: Pace,
): Promise<Phase> {
  const times: Timed[] = [];
  const costs: Record<WishKind, Cost> = { book: noCost, move: noCost };
  // The first turn of each is not counted: code is compiled in it, and sockets are opened.
  for (let turn = 0; turn <= turns; turn += 1) {
    say(`booking, ${label}: turn ${turn} of ${turns} …`);
    const of = {
      floor: newInterviews(scene.floor, pace.wishesEachTurn),
      ours: newInterviews(scene.ours, pace.wishesEachTurn),
    };
    for (const kind of wishKinds) {
      for (const side of [scene.floor, scene.ours]) {
        signal.throwIfAborted();
        const round = { kind, interviews: of[side.name], send: pace.send };
        const { timed, cost } = await atACost(scene, () => sendAll(scene.orders, side, round));
        if (turn === 0) continue;
        times.push(...timed);
        if (side === scene.ours) costs[kind] = sumOf(costs[kind], cost);
      }
    }
  }
  return { pace: label, lines: linesOf(times), costs };
}

async function atACost(
  { orders, transactions, settled }: PhaseScene,
  work: () => Promise<Timed[]>,
): Promise<{ readonly timed: Timed[]; readonly cost: Cost }> {
  await orders.takeRequestCounts();
  const before = await transactions();
  const timed = await work();
  await settled();
  const after = await transactions();
  const spent = {
    committed: after.committed - before.committed,
    aborted: after.aborted - before.aborted,
  };
  return { timed, cost: { requests: await orders.takeRequestCounts(), transactions: spent } };
}

/** One wish, in milliseconds from the PUT. */
interface Timed extends Record<Milestone, number> {
  readonly side: BookingSide['name'];
  readonly kind: WishKind;
  readonly vendor: ProviderId;
}

interface Round {
  readonly kind: WishKind;
  readonly interviews: readonly BenchInterview[];
  readonly send: Pace['send'];
}

async function sendAll(
  orders: RemoteOrders,
  side: BookingSide,
  { kind, interviews, send }: Round,
): Promise<Timed[]> {
  await orders.takeWrites();
  const sent = await send(interviews, (interview) => askFor(side, interview));
  const method = writeMethods[kind];
  const writes = (await orders.takeWrites()).filter((write) => write.method === method);
  // Of several requests for one wish the last: those before it have not written it.
  const arrivals = new Map(writes.map(({ begins, atMs }) => [begins, atMs]));
  return sent.map((wish) => ({
    side: side.name,
    kind,
    vendor: wish.person.vendor,
    atProvider: arrivalOf(wish, arrivals) - wish.sentAtMs,
    shown: wish.bookedAtMs - wish.sentAtMs,
  }));
}

function arrivalOf({ wish }: SentWish, arrivals: ReadonlyMap<string, number>): number {
  const at = arrivals.get(minuteOf(wish.start));
  if (at === undefined) throw new Error(`"${wish.title}" is booked, and no request has written it`);
  return at;
}

function linesOf(times: readonly Timed[]): PhaseLine[] {
  return wishKinds.flatMap((kind) =>
    milestones.flatMap((milestone) =>
      providerIds.map((vendor) => {
        const of = (side: BookingSide['name']): Latencies =>
          latenciesOf(
            times
              .filter((one) => one.side === side && one.kind === kind && one.vendor === vendor)
              .map((one) => one[milestone]),
          );
        return { kind, milestone, vendor, floor: of('floor'), ours: of('ours') };
      }),
    ),
  );
}

const noCost: Cost = {
  requests: { google: 0, microsoft: 0 },
  transactions: { committed: 0, aborted: 0 },
};

function sumOf(one: Cost, other: Cost): Cost {
  return {
    requests: {
      google: one.requests.google + other.requests.google,
      microsoft: one.requests.microsoft + other.requests.microsoft,
    },
    transactions: {
      committed: one.transactions.committed + other.transactions.committed,
      aborted: one.transactions.aborted + other.transactions.aborted,
    },
  };
}
