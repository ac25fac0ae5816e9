/**
 * `npm run demo`: the whole product on this machine, with no account anywhere. Real MongoDB and Redis, the real
 * processes, and both providers as simulators. Stays up until Ctrl-C; with `--once` it ends after the story, with
 * status 0 if all of it was so.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardProcesses } from '../scripts/processes/guarded-processes.ts';
import { stopSignal } from '../scripts/processes/stop-signal.ts';
import { withDatabase } from '../scripts/services/mongodb-uri.ts';
import { startServices } from '../scripts/services/start-services.ts';
import { startGoogleSimulator } from '../test/simulators/google/index.ts';
import { startMicrosoftSimulator } from '../test/simulators/microsoft/index.ts';
import { apiClient } from '../test/support/api-client.ts';
import { startSettingsPage } from '../examples/settings-page/start.ts';
import { colleagues, seedAda, seedGrace, seedYou, weekFrom } from './people.ts';
import { freePort } from './port.ts';
import { startProduct, type Product } from './product.ts';
import { tell } from './story.ts';

const say = (line: string): void => console.log(line);
const once = process.argv.includes('--once');
const stop = stopSignal();
const open = new AsyncDisposableStack();

try {
  await Promise.race([play(), stop]);
} catch (error) {
  process.exitCode = 1;
  say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await open.disposeAsync();
}

async function play(): Promise<void> {
  say('Calendar Sync, with simulated providers. Starting …');
  const services = await startServices({ say: (line) => say(`   ${line}`) });
  open.defer(() => services.stop());
  // The page's address is registered at the providers before the page is there.
  const port = await freePort(3000);
  const settingsUrl = `http://localhost:${port}/settings`;
  const redirectUris = [settingsUrl];
  const [google, microsoft] = await Promise.all([
    startGoogleSimulator({ redirectUris }),
    startMicrosoftSimulator({ redirectUris }),
  ]);
  open.defer(async () => void (await Promise.all([google.close(), microsoft.close()])));
  const week = weekFrom(new Date());
  seedAda(google, week);
  seedGrace(microsoft, week);
  seedYou(google, microsoft, week);

  const processes = guardProcesses(30_000);
  open.defer(() => processes.stop());
  const logFolder = mkdtempSync(join(tmpdir(), 'calendar-sync-demo-'));
  const product = await startProduct({
    processes,
    logFile: join(logFolder, 'log.jsonl'),
    env: {
      ...google.env,
      ...microsoft.env,
      OAUTH_REDIRECT_URIS: settingsUrl,
      MONGODB_URI: withDatabase(services.mongodbUri, 'calendar-sync-demo'),
      REDIS_URL: services.redisUrl,
    },
  });
  say('   intake, workers and scheduler are up');
  const api = apiClient(product.url, product.apiKey);
  const page = await startSettingsPage({
    calendarSyncUrl: product.url,
    apiKey: product.apiKey,
    people: colleagues(),
    port,
  });
  open.defer(() => page.close());
  await Promise.race([tell({ api, google, microsoft, week, settingsUrl, say }), product.died]);
  say('\nAll of it worked.');
  if (once) {
    processes.removeAtEnd(logFolder);
    return;
  }
  sayWhatToOpen(product, settingsUrl);
  await product.died;
}

function sayWhatToOpen(product: Product, settingsUrl: string): void {
  say(`
Open these:
   ${settingsUrl}   the settings page: connect a calendar through the providers' consent pages,
                                    see who is free when, and book an interview
   ${product.url}/docs            the API, documented
   ${product.url}/admin/queues    Bull Board: user admin, password ${product.adminPassword}
   ${product.logFile}   the log of all processes

   curl -s -H 'Authorization: Bearer ${product.apiKey}' ${product.url}/v1/users/user-ada/connections

Ctrl-C stops everything.`);
}
