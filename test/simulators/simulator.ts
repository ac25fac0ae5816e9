import type { AddressInfo } from 'node:net';

import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';

import type { Contract } from './contract.ts';
import { controlRoutes } from './control.ts';
import { createExchangeHandler } from './exchange.ts';
import { createFaultQueue } from './faults.ts';

/** One request as it reached a simulator; `status` is 0 when the connection was cut instead of answered. */
export interface RecordedRequest {
  at: Date;
  method: string;
  path: string;
  /** The last value of each parameter. */
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
  status: number;
}

/** Scripted misbehaviour. Faults are tried in the order in which they were added; a spent one is forgotten. */
export interface Fault {
  /** `path` is the source of a regular expression, searched in the pathname. */
  match: { method?: string; path: string };
  /** How many matching requests are hit (default 1). */
  times?: number;
  /** Matching requests let through first (default 0). */
  skip?: number;
  action: FaultAction;
}

export type FaultAction =
  /** Answered so, not executed: 429 with Retry-After, 503, … */
  | { type: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Executed and answered after so many real milliseconds. */
  | { type: 'delay'; ms: number }
  /** Socket destroyed, nothing answered, not executed. */
  | { type: 'cut' }
  /** Executed, then socket destroyed: a time-out after the commit. */
  | { type: 'cut-after' }
  /** Executed; the first half of the right body. */
  | { type: 'truncate' }
  /** 200 with rubbish, not executed. */
  | { type: 'invalid-json' }
  | { type: 'html' };

export interface Simulator {
  /** Origin without a trailing slash, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Endpoint and client variables for `src/config.ts`. */
  readonly env: Record<string, string>;
  /** Every request but those to `/_control`, oldest first. */
  readonly requests: RecordedRequest[];
  fault(fault: Fault): void;
  clearFaults(): void;
  /** What in the requests and in our own answers did not fit the provider's contract; each distinct finding once. */
  violations(): string[];
  /** Ends at once, open connections included. Idempotent. */
  close(): Promise<void>;
}

export interface SimulatorOptions {
  port?: number;
  now?: () => Date;
  clientId?: string;
  clientSecret?: string;
  redirectUris?: string[];
  /** Where the providers' contract files are; see `contract.ts`. An empty string switches the checks off. */
  contractsDir?: string;
}

export interface SimulatorSetup {
  /** The provider's own routes. */
  app: Hono;
  /** Provider-specific seed routes, mounted under `/_control` beside the common ones. */
  control?: Hono;
  /** The environment for `src/config.ts`, given the simulator's origin. */
  env: (url: string) => Record<string, string>;
  /** Judges every request and every answer that no fault touched; several are asked one after another. */
  contracts?: readonly (Contract | undefined)[];
  options?: SimulatorOptions;
}

/**
 * Serves a provider's routes on 127.0.0.1 (a free port unless given) with recording, faults, contract checks and the
 * control interface. Rejects when the port is taken. The caller closes it.
 */
export async function serveSimulator(setup: SimulatorSetup): Promise<Simulator> {
  const requests: RecordedRequest[] = [];
  const findings = new Set<string>();
  const faults = createFaultQueue();
  const closing = new AbortController();
  const exchange = createExchangeHandler({
    app: setup.app,
    contracts: (setup.contracts ?? []).filter((contract) => contract !== undefined),
    faults,
    now: setup.options?.now ?? (() => new Date()),
    record: (request) => requests.push(request),
    report: (finding) => findings.add(finding),
    closing: closing.signal,
  });

  const control = new Hono().route('/_control', controlRoutes({ requests, faults, findings }));
  if (setup.control) control.route('/_control', setup.control);
  const server = createAdaptorServer({
    fetch: (request, bindings) =>
      new URL(request.url).pathname.startsWith('/_control')
        ? control.fetch(request)
        : exchange(request, bindings),
    overrideGlobalObjects: false,
  });
  const url = await listen(server, setup.options?.port ?? 0);

  return {
    url,
    env: setup.env(url),
    requests,
    fault: faults.add,
    clearFaults: faults.clear,
    violations: () => [...findings],
    close: async () => {
      closing.abort();
      await stop(server);
    },
  };
}

function listen(server: ServerType, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

function stop(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    // The only error is "not running", which is what was asked for.
    server.close(() => resolve());
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
