/**
 * `npm run cli -- <command>`: the operators' command line, with the configuration of `npm start`: the environment, `.env`,
 * and outside production the keys that were made up and the embedded servers of one that runs. In an image, where there
 * is nothing of that, it is `node src/cli/main.ts <command>`.
 */
import { existsSync } from 'node:fs';
import { runCli } from '../src/cli/main.ts';
import { readConfig, type Config } from '../src/config.ts';
import { developmentKeys } from './development-keys.ts';
import { toldAddresses } from './running-servers.ts';

const DATA_DIR = '.data';

process.exitCode = await runCli(process.argv.slice(2), configuration, {
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
});

async function configuration(): Promise<Config> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const { values: keys } = await developmentKeys(process.env, DATA_DIR);
  const addresses = await toldAddresses(process.env, DATA_DIR);
  return readConfig({ ...process.env, ...keys, ...addresses });
}
