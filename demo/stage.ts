import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSettingsPage } from '../examples/settings-page/start.ts';
import { holdPort } from '../scripts/free-port.ts';
import { guardProcesses } from '../scripts/processes/guarded-processes.ts';
import { withDatabase } from '../scripts/services/mongodb-uri.ts';
import { startServices } from '../scripts/services/start-services.ts';
import { startGoogleSimulator, type GoogleSimulator } from '../test/simulators/google/index.ts';
import { startMicrosoftSimulator, type MicrosoftSimulator } from '../test/simulators/microsoft/index.ts';
import { apiClient, type ApiClient } from '../test/support/api-client.ts';
import { colleagues, seedAda, seedGrace, seedYou, weekFrom, type Week } from './people.ts';
import { startProduct, type Product } from './product.ts';

/** Everything that runs, and who is in it. */
export interface Stage {
  readonly product: Product;
  readonly api: ApiClient;
  readonly google: GoogleSimulator;
  readonly microsoft: MicrosoftSimulator;
  readonly week: Week;
  readonly settingsUrl: string;
  readonly say: (line: string) => void;
  /** The log is not kept beyond the end. */
  forgetLog(): void;
}

/** Starts the servers, the providers, the product and the settings page; what it has opened goes onto `open`. */
export async function setStage(open: AsyncDisposableStack, say: Stage['say']): Promise<Stage> {
  const services = await startServices({ say: (line) => say(`   ${line}`) });
  open.defer(() => services.stop());
  // The page's address is registered at the providers before the page is there.
  const held = await holdPort(3000);
  const settingsUrl = `http://localhost:${held.port}/settings`;
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
  const { url: calendarSyncUrl, apiKey } = product;
  await held.release();
  const page = await startSettingsPage({
    calendarSyncUrl,
    apiKey,
    people: colleagues(),
    port: held.port,
  });
  open.defer(() => page.close());
  const api = apiClient(product.url, product.apiKey);
  const forgetLog = () => processes.removeAtEnd(logFolder);
  return { product, api, google, microsoft, week, settingsUrl, say, forgetLog };
}
