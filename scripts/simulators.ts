/**
 * `npm run simulators`: both providers alone, for those who develop against them. Prints what to put into `.env` and
 * stays up until Ctrl-C. `docs/simulators.md` says how to drive them.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Alone, parseSeed, startAlone } from '../test/simulators/alone.ts';
import { stopSignal } from './processes/stop-signal.ts';

const USAGE = `Usage: npm run simulators -- [options]
  --google-port N      a free one unless given
  --microsoft-port N   a free one unless given
  --redirect-uri URL   registered at both; repeat it for several (http://localhost:3000/settings unless given)
  --seed FILE          people and events to begin with (docs/simulators.md)`;

const say = (line: string): void => console.log(`simulators: ${line}`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'google-port': { type: 'string' },
      'microsoft-port': { type: 'string' },
      'redirect-uri': { type: 'string', multiple: true },
      seed: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(USAGE);
  const stop = stopSignal();
  const simulators = await startAlone({
    googlePort: portOf(values['google-port'], '--google-port'),
    microsoftPort: portOf(values['microsoft-port'], '--microsoft-port'),
    redirectUris: values['redirect-uri'],
    seed: values.seed === undefined ? undefined : parseSeed(readFileSync(values.seed, 'utf8')),
  });
  try {
    introduce(simulators);
    say(`${await stop} received; stopping.`);
  } finally {
    await simulators.close();
  }
}

function portOf(value: string | undefined, option: string): number | undefined {
  if (value === undefined) return undefined;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`${option} ${value}: a port is a whole number from 0 to 65535`);
  return port;
}

function introduce({ google, microsoft, env }: Alone): void {
  say(`Google at ${google.url}, Microsoft at ${microsoft.url}. For .env:`);
  console.log(['', ...env, ''].join('\n'));
  say(`Drive them under ${google.url}/_control and ${microsoft.url}/_control: docs/simulators.md.`);
  say('Ctrl-C stops both.');
}

try {
  await main();
} catch (error) {
  console.error(`simulators: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
