import { deployOn, type Deployment, type Role } from './deployed-product.ts';
import { testServices } from './services.ts';

export { adminPassword, type Deployment, type Instance, type Role } from './deployed-product.ts';

/** For test files: on the servers of the test run, with a database and a prefix of its own. See `deployOn`. */
export function deploy(roles: readonly Role[], over: Record<string, string> = {}): Promise<Deployment> {
  return deployOn(testServices(), roles, { over });
}
