import type { Live } from '../../src/compose.ts';
import { startOperatorServer } from '../../src/operator-server.ts';

/** Serves health and metrics where a port is configured, until the process closes. Rejects where it is taken. */
export async function serveOperators(live: Live): Promise<void> {
  const { config, log, store, producer, workMetrics } = live;
  if (config.metricsPort === undefined) return;
  const { host } = config.http;
  const server = await startOperatorServer({
    host,
    port: config.metricsPort,
    checks: { mongodb: (ms) => store.ping(ms), redis: (ms) => producer.ping(ms) },
    metrics: workMetrics,
    onError: (err, about) => log.warn({ err, about }, 'health or metrics could not be told'),
  });
  live.closeWith('the server for operators', () => server.close());
  log.info({ host, port: server.port }, 'health and metrics are served');
}
