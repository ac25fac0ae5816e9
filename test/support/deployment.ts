import { deployOn, type Deployment, type DeploymentOptions, type Role } from './deployed-product.ts';
import { testServices } from './services.ts';
import { startTcpProxy, through, type TcpProxy } from './tcp-proxy.ts';

export { adminPassword, type Deployment, type Instance, type Role } from './deployed-product.ts';

/** For test files: on the servers of the test run, with a database and a prefix of its own. See `deployOn`. */
export function deploy(
  roles: readonly Role[],
  over: Record<string, string> = {},
  options: Pick<DeploymentOptions, 'push' | 'redirectUris'> = {},
): Promise<Deployment> {
  return deployOn(testServices(), roles, { over, ...options });
}

/** A product that reaches its servers through proxies, so that they can go away from it and from nobody else. */
export interface FragileDeployment extends Deployment {
  readonly redis: TcpProxy;
  readonly mongodb: TcpProxy;
  /** The same database, past the proxy. */
  readonly mongodbUri: string;
}

/** As `deploy`. At the end both servers are there again, because what is left in them is looked into. */
export async function deployFragile(
  roles: readonly Role[],
  over: Record<string, string> = {},
  options: Pick<DeploymentOptions, 'push'> = {},
): Promise<FragileDeployment> {
  const { mongodbUri, redisUrl, queuePrefix } = testServices();
  const [redis, mongodb] = await Promise.all([startTcpProxy(redisUrl), startTcpProxy(mongodbUri)]);
  const proxies = [redis, mongodb];
  const services = {
    mongodbUri: through(mongodb, mongodbUri),
    redisUrl: through(redis, redisUrl),
    queuePrefix,
  };
  const product = await deployOn(services, roles, { over, ...options });
  return {
    ...product,
    redis,
    mongodb,
    mongodbUri,
    close: async () => {
      await Promise.all(proxies.map((proxy) => proxy.mend()));
      await product.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
    },
  };
}
