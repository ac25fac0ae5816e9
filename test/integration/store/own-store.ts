import { afterAll, beforeAll } from 'vitest';
import { storeOver } from '../../../src/store/index.ts';
import { openDatabase, type Database } from '../../../src/store/mongodb.ts';
import type { Store } from '../../../src/store/store.ts';
import { testServices } from '../../support/services.ts';

export interface OwnStore {
  readonly store: Store;
  /** To look at what the store does not show. */
  readonly database: Database;
}

/**
 * A store in a database of the test file's own, filled in before its first test and closed after its last.
 * `option`: one of the driver's, as a connection string names it.
 */
export function ownStore(option?: string): OwnStore {
  const own: { store?: Store; database?: Database } = {};
  beforeAll(async () => {
    const { mongodbUri } = testServices();
    const more = option === undefined ? '' : `${mongodbUri.includes('?') ? '&' : '?'}${option}`;
    own.database = await openDatabase({ mongodbUri: `${mongodbUri}${more}` });
    own.store = storeOver(own.database);
  });
  afterAll(() => own.store?.close());
  return {
    get store() {
      return opened(own.store);
    },
    get database() {
      return opened(own.database);
    },
  };
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the store is opened by beforeAll: use it inside a test');
  return value;
}

let users = 0;

/** A user that no other test of the file has. */
export function newUser(): string {
  users += 1;
  return `user-${users}`;
}
