import type { Live } from '../../src/compose.ts';
import { startOperatorServer } from '../../src/operator-server.ts';

/**
 * Serves health and metrics where a port is configured, until the process closes. Where the port is taken it closes
 * everything and rejects: a process that did not start must not go on taking jobs.
 */
export async function serveOperators(live: Live): Promise<void> {
  const { config, log } = live;
  if (config.metricsPort === undefined) return;
  try {
    const { host } = config.http;
    const server = await start(live, host, config.metricsPort);
    live.closeWith('the server for operators', () => server.close());
    log.info({ host, port: server.port }, 'health and metrics are served');
  } catch (error) {
    await live.close();
    throw error;
  }
}

function start({ log, store, producer, workMetrics }: Live, host: string, port: number) {
  return startOperatorServer({
    host,
    port,
    checks: { mongodb: (ms) => store.ping(ms), redis: (ms) => producer.ping(ms) },
    metrics: workMetrics,
    onError: (err, about) => log.warn({ err, about }, 'health or metrics could not be told'),
  });
}
