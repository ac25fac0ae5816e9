/** One first sync in a process that has done nothing else; sends how much memory it took, and ends. */
import { once } from 'node:events';
import type { SyncOrder, SyncMemory } from './peak-memory.ts';
import { createSyncing, openWarmStore } from './product.ts';

// A Ctrl-C reaches the whole terminal group; the parent decides when this ends.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());
const [order] = (await once(process, 'message')) as [SyncOrder];
const syncing = createSyncing({ env: order.env });
const store = await openWarmStore(order.mongodbUri);
const grant = await syncing.grantOf(order.vendor, order.owner);
const connectionId = await syncing.connect(store, order.vendor, grant);
const before = process.memoryUsage.rss();
const { written } = await syncing.sync(store, connectionId);
await Promise.all([store.close(), syncing.close()]);
const memory: SyncMemory = {
  written,
  beforeMb: Math.round(before / 2 ** 20),
  // Kilobytes, the highest since the process began (getrusage(2)).
  peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
};
process.send?.(memory);
