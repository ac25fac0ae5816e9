/** The last resort for MongoDB: mongodb-memory-server knows where mongodb.com keeps the binary for each system. */
import { fileURLToPath } from 'node:url';
import { type Binary, versionOf } from './on-path.ts';

const CACHE = fileURLToPath(new URL('../../.cache/servers/mongodb-download', import.meta.url));

/** One release line above the Python wheel's, whose data folders it opens: there is no 6.0 for newer systems. */
const VERSION = '7.0.24';

/** Gives the path of a mongod, downloaded once into the cache folder. */
export async function downloadMongod(say: (line: string) => void): Promise<Binary> {
  const { MongoBinary } = await import('mongodb-memory-server-core');
  say('Looking for mongod in the cache, else downloading it from mongodb.com.');
  const path = await MongoBinary.getPath({ version: VERSION, downloadDir: CACHE, checkMD5: true });
  return { path, version: await versionOf(path) };
}
