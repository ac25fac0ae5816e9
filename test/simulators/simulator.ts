import type { AddressInfo } from 'node:net';

import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';

import type { Contract } from './contract.ts';
import { controlRoutes } from './control.ts';
import { createExchangeHandler } from './exchange.ts';
import { createFaultQueue } from './faults.ts';
import { createProviderClock, type ProviderClock, type Skew } from './provider-clock.ts';
import type { RequestMatch } from './request-match.ts';
import type { SeededFaults } from './seeded-faults.ts';

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
  match: RequestMatch;
  /** How many matching requests are hit (default 1). */
  times?: number;
  /** Matching requests let through first (default 0). */
  skip?: number;
  action: FaultAction;
}

/** `docs/simulators.md` describes each of them. */
export type FaultAction =
  /** Answered so, not executed: 503, a provider's own error body, … */
  | { type: 'status'; status: number; body?: unknown; headers?: Record<string, string> }
  /**
   * 429 or the status given, not executed; Retry-After in seconds, fractions too, or as the date that lies so far ahead
   * of the provider's clock, or behind it where negative; none unless given.
   */
  | { type: 'throttle'; status?: number; retryAfterSeconds?: number; asDate?: boolean; body?: unknown }
  /** Executed and answered after so many real milliseconds. */
  | { type: 'delay'; ms: number }
  /** Socket destroyed, nothing answered, not executed. */
  | { type: 'cut' }
  /** Executed, then socket destroyed: the write happened, the answer is lost. */
  | { type: 'cut-after' }
  /** Accepted and never answered, not executed; ends when the client hangs up. */
  | { type: 'stall' }
  /** Executed; status, headers and the first half of the body, then silence. */
  | { type: 'stall-body' }
  /**
   * Executed at once; the answer comes after so many real milliseconds, never unless given: a time-out after the
   * commit.
   */
  | { type: 'withhold'; ms?: number }
  /** Executed; the first half of the right body. */
  | { type: 'truncate' }
  /** Executed; the right body under a wrong content type, `text/plain` unless given. */
  | { type: 'content-type'; value?: string }
  /** Executed; the right body behind so many bytes of blanks, which JSON allows; 50 MB unless given. */
  | { type: 'pad'; bytes?: number }
  /** 200 with rubbish, or with nothing, not executed. */
  | { type: 'invalid-json' }
  | { type: 'html' }
  | { type: 'empty' };

export interface Simulator {
  /** Origin without a trailing slash, `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Endpoint and client variables for `src/config.ts`. */
  readonly env: Record<string, string>;
  /** Every request but those to `/_control`, oldest first. */
  readonly requests: RecordedRequest[];
  fault(fault: Fault): void;
  /** Adds a random stream of faults that the same seed repeats exactly. Scripted faults go first. */
  seededFaults(plan: SeededFaults): void;
  /** Scripted faults and streams. */
  clearFaults(): void;
  /** How many requests were hit so far, by kind of action; stated ones by their status (`status 503`). */
  faultCounts(): Record<string, number>;
  /** May be changed at any time. */
  readonly skew: Skew;
  /** What in the requests and in our own answers did not fit the provider's contract; each distinct finding once. */
  violations(): string[];
  /** Ends at once, open connections included. Idempotent. */
  close(): Promise<void>;
}

export interface SimulatorOptions {
  port?: number;
  /** The true time; the provider's own is off by `skew`. */
  now?: () => Date;
  skew?: Partial<Skew>;
  clientId?: string;
  clientSecret?: string;
  redirectUris?: string[];
  /** Where the providers' contract files are; see `contract.ts`. An empty string switches the checks off. */
  contractsDir?: string;
  /** Told of each request to the provider as soon as it is there in full, before anything is done about it. */
  onRequest?: (request: RecordedRequest) => void;
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
  /** The one that the provider's routes go by; one of its own, for the Date header alone, unless given. */
  clock?: ProviderClock;
  /** Where the provider's routes add what they found themselves, about exchanges within an exchange. */
  findings?: Set<string>;
}

/**
 * Serves a provider's routes on 127.0.0.1 (a free port unless given) with recording, faults, contract checks and the
 * control interface. Rejects when the port is taken. The caller closes it.
 */
export async function serveSimulator(setup: SimulatorSetup): Promise<Simulator> {
  const requests: RecordedRequest[] = [];
  const findings = setup.findings ?? new Set<string>();
  const faults = createFaultQueue();
  const clock = setup.clock ?? createProviderClock(setup.options?.now, setup.options?.skew);
  const closing = new AbortController();
  const exchange = createExchangeHandler({
    app: setup.app,
    contracts: (setup.contracts ?? []).filter((contract) => contract !== undefined),
    faults,
    now: setup.options?.now ?? (() => new Date()),
    providerNow: clock.now,
    record: (request) => {
      requests.push(request);
      setup.options?.onRequest?.(request);
    },
    report: (finding) => findings.add(finding),
    closing: closing.signal,
  });

  const control = new Hono().route(
    '/_control',
    controlRoutes({ requests, faults, findings, skew: clock.skew }),
  );
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
    seededFaults: faults.addStream,
    clearFaults: faults.clear,
    faultCounts: faults.counts,
    skew: clock.skew,
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
