/**
 * Both simulators with seeded calendars, in a process of their own so that their work is not counted as ours. Sends the
 * environment that leads to them once they are up, and ends when its parent goes away.
 */
import { startGoogleSimulator } from '../test/simulators/google/index.ts';
import { startMicrosoftSimulator } from '../test/simulators/microsoft/index.ts';
import type { Simulator } from '../test/simulators/simulator.ts';
import { benchNow, calendarOf } from './entries.ts';
import { seedGoogle } from './google-calendar.ts';
import { seedOutlook } from './outlook-calendar.ts';
import { replayInFrontOf, type Replay } from './replay.ts';
import { ownerOf, type VendorAddresses } from './vendors.ts';

const sizes = process.argv.slice(2).map(Number);
// Without contract checks: the tests make them, and here they would only take processor time from what is measured.
const options = { now: () => benchNow, contractsDir: '' };
const [google, microsoft] = await Promise.all([
  startGoogleSimulator(options),
  startMicrosoftSimulator(options),
]);
for (const size of sizes) {
  const entries = calendarOf(size, size);
  seedGoogle(google, ownerOf(size), entries);
  seedOutlook(microsoft, ownerOf(size), entries);
}
const fronts = await Promise.all([replayInFrontOf(google.url), replayInFrontOf(microsoft.url)]);
const addresses: VendorAddresses = {
  env: { ...moved(google, fronts[0]), ...moved(microsoft, fronts[1]) },
  controlUrls: { google: `${google.url}/_control`, microsoft: `${microsoft.url}/_control` },
};
process.send?.(addresses);
// A Ctrl-C reaches the whole terminal group; the parent still needs us to end in order.
process.on('SIGINT', () => {});
process.once(
  'disconnect',
  () => void Promise.all([...fronts, google, microsoft].map((server) => server.close())),
);

/** The environment that leads to the front instead of the simulator behind it. */
function moved({ env, url }: Simulator, front: Replay): Record<string, string> {
  const entries = Object.entries(env);
  return Object.fromEntries(entries.map(([name, value]) => [name, value.replace(url, front.url)]));
}
