/**
 * `npm run demo`: the whole product on this machine, with no account anywhere. Real MongoDB and Redis, the real
 * processes, both providers as simulators, and the settings page as a main app would have it. Stays up until Ctrl-C; with
 * `--once` it ends after the story, with status 0 if all of it was so.
 */
import { stopSignal } from '../scripts/processes/stop-signal.ts';
import { setStage, type Stage } from './stage.ts';
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
  const stage = await setStage(open, say);
  await Promise.race([tell(stage), stage.product.died]);
  say('\nAll of it worked.');
  if (once) {
    stage.forgetLog();
    return;
  }
  sayWhatToOpen(stage);
  await stage.product.died;
}

function sayWhatToOpen({ product, settingsUrl }: Stage): void {
  say(`
Open these:
   ${settingsUrl}   the settings page: connect a calendar at the providers' consent pages,
                                    see who is free when, book an interview
   ${product.url}/docs            the API, documented
   ${product.url}/admin/queues    Bull Board: user admin, password ${product.adminPassword}
   ${product.logFile}   the log of all processes

   curl -s -H 'Authorization: Bearer ${product.apiKey}' ${product.url}/v1/users/user-ada/connections

Ctrl-C stops everything.`);
}
