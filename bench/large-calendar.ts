import { providerIds, type ProviderId } from '../src/domain/provider-id.ts';
import { measurePeakMemory } from './peak-memory.ts';
import type { Stage } from './rehearsal.ts';
import { startVendors } from './vendors.ts';

/**
 * The heap of a measured process, as docker-compose.yml gives it to workers. Without a limit V8 lets garbage lie for as
 * long as the machine has room, and the peak says more about the machine than about the sync. A sync that needs more
 * ends with the process, and the measurement with an error. See docs/decisions/0018-a-limit-for-the-heap-of-workers.md.
 */
const heapLimit = ['--max-old-space-size=256', '--max-semi-space-size=2'];

const enormous = 100_000;
const ordinary = 1000;

/** By how much an enormous calendar may raise the peak above that of an ordinary one. */
const allowedMb = 64;

/** Peaks of one first sync, in MiB of resident memory. */
export interface LargeCalendar {
  readonly vendor: ProviderId;
  readonly ordinaryMb: number;
  readonly enormousMb: number;
  readonly aboveMb: number;
  readonly allowedMb: number;
}

/**
 * Whether memory stays flat however large a calendar is: one first sync of each size, in a process of its own each,
 * with the same limits.
 */
export async function measureLargeCalendars({
  databases,
  signal,
}: Pick<Stage, 'databases' | 'signal'>): Promise<LargeCalendar[]> {
  // Vendors of their own: to seed these calendars takes a while, which the other measurements are spared.
  const vendors = await startVendors([ordinary, enormous]);
  try {
    const results: LargeCalendar[] = [];
    for (const vendor of providerIds) {
      const sizes = [ordinary, enormous];
      const [before, after] = await measurePeakMemory(
        { vendors, databases, signal },
        vendor,
        sizes,
        heapLimit,
      );
      const [ordinaryMb, enormousMb] = [before?.peakMb ?? 0, after?.peakMb ?? 0];
      const aboveMb = enormousMb - ordinaryMb;
      results.push({ vendor, ordinaryMb, enormousMb, aboveMb, allowedMb });
    }
    return results;
  } finally {
    await vendors.close();
  }
}

export function lineOf({ vendor, ordinaryMb, enormousMb, aboveMb }: LargeCalendar): string {
  const [few, many] = [ordinary, enormous].map((count) => count.toLocaleString('en'));
  const verdict = aboveMb <= allowedMb ? 'within' : 'MORE THAN';
  return `large-calendar: first sync, ${vendor}: ${few} events ${ordinaryMb} MiB, ${many} events ${enormousMb} MiB: ${aboveMb} more, ${verdict} the ${allowedMb} allowed`;
}

/** Throws where a calendar took more than is allowed. */
export function assertFlat(results: readonly LargeCalendar[]): void {
  const tooMuch = results.filter(({ aboveMb }) => aboveMb > allowedMb);
  if (tooMuch.length > 0)
    throw new Error(`memory grows with the calendar:\n${tooMuch.map(lineOf).join('\n')}`);
}
