import { randomBytes } from 'node:crypto';
import { mongo } from 'mongoose';
import { withDatabase } from '../scripts/services/mongodb-uri.ts';

/** The driver itself, beside the product and under the same write concern as the product's. */
export interface Databases {
  readonly client: mongo.MongoClient;
  /** A name that nobody else uses, for a database that `drop` removes. */
  freshName(): string;
  uriOf(name: string): string;
  drop(name: string): Promise<void>;
  /** Drops what is left of the names given out, and ends. */
  close(): Promise<void>;
}

export async function openDatabases(mongodbUri: string): Promise<Databases> {
  const client = await mongo.MongoClient.connect(mongodbUri, { writeConcern: { w: 'majority' } });
  const run = `cs-bench-${randomBytes(4).toString('hex')}`;
  const names = new Set<string>();
  const drop = async (name: string): Promise<void> => {
    await client.db(name).dropDatabase();
    names.delete(name);
  };
  let given = 0;
  return {
    client,
    freshName: () => {
      const name = `${run}-${(given += 1)}`;
      names.add(name);
      return name;
    },
    uriOf: (name) => withDatabase(mongodbUri, name),
    drop,
    close: async () => {
      for (const name of names) await drop(name);
      await client.close();
    },
  };
}
