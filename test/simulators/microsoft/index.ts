import { Hono } from 'hono';

import { graphContract } from '../contract.ts';
import { createProviderClock } from '../provider-clock.ts';
import { type Simulator, type SimulatorOptions, serveSimulator } from '../simulator.ts';
import { type Registration, authorizeRoutes } from './authorize-routes.ts';
import { type BehaviourChanges, createBehaviours } from './behaviours.ts';
import { controlRoutes } from './control-routes.ts';
import { createDirectory } from './directory.ts';
import { createGraphApp } from './graph-app.ts';
import { createGrantStore } from './grants.ts';
import { type MicrosoftOperations, createOperations } from './operations.ts';
import { tokenRoutes } from './token-routes.ts';

export type { BehaviourChanges } from './behaviours.ts';
export type { Consent } from './browser-consent.ts';
export type { AttendeeResponse, MeetingMail } from './meetings.ts';
export type { LifecycleEvent } from './notifications.ts';
export type { CalendarInput } from './mailbox.ts';
export type { DeltaBehaviour } from './delta-entries.ts';
export type { EventInput } from './calendar-item.ts';
export type { GraphEvent } from './event-answers.ts';
export type { MicrosoftOperations, UserCounts } from './operations.ts';
export { PERSONAL_TENANT, type UserInput } from './directory.ts';

export interface MicrosoftSimulatorOptions extends SimulatorOptions, BehaviourChanges {}

export interface MicrosoftSimulator extends Simulator, MicrosoftOperations {}

/**
 * Entra ID and Microsoft Graph on one port of 127.0.0.1, empty. Behaves as `shared/providers/microsoft.md` says; the
 * same operations are offered over HTTP under `/_control`. The caller closes it.
 */
export async function startMicrosoftSimulator(
  options: MicrosoftSimulatorOptions = {},
): Promise<MicrosoftSimulator> {
  const clock = createProviderClock(options.now, options.skew);
  const { now } = clock;
  const closing = new AbortController();
  const findings = new Set<string>();
  const contracts = [graphContract(options.contractsDir)];
  const registration = registrationOf(options);
  const behaviours = createBehaviours(options);
  const directory = createDirectory();
  const grants = createGrantStore(registration.clientId, now);
  const { operations, tally, ...state } = createOperations({
    directory,
    grants,
    registration,
    behaviours,
    now,
    closing: closing.signal,
  });

  const entra = { directory, grants, registration, now };
  const app: Hono = new Hono()
    .route('/', authorizeRoutes(entra))
    .route(
      '/',
      tokenRoutes({
        ...entra,
        behaviour: behaviours.tokens,
        lifetimeSkewMs: () => clock.skew.tokenLifetimeMs,
        onGrant: tally.grant,
      }),
    )
    .route(
      '/v1.0',
      createGraphApp({
        ...state,
        inspect: grants.inspectAccessToken,
        behaviours,
        applicationId: registration.clientId,
        observer: tally,
        now,
        closing: closing.signal,
        run: (request) => app.fetch(request),
        onExchange: (exchange) => {
          for (const finding of contracts.flatMap((contract) => contract?.check(exchange) ?? []))
            findings.add(`${exchange.method} ${exchange.path} in a batch: ${finding}`);
        },
      }),
    );

  const simulator = await serveSimulator({
    app,
    control: controlRoutes(operations),
    env: (url) => environment(url, registration),
    contracts,
    options,
    clock,
    findings,
  });
  const close = () => {
    closing.abort();
    return simulator.close();
  };
  return { ...simulator, ...operations, close };
}

function registrationOf({ clientId, clientSecret, redirectUris }: MicrosoftSimulatorOptions): Registration {
  return {
    clientId: clientId ?? '6731de76-14a6-49ae-97bc-6eba6914391e',
    clientSecret: clientSecret ?? 'simulated~microsoft~client~secret',
    redirectUris: redirectUris ?? ['http://localhost:3000/settings'],
    secretExpired: false,
  };
}

function environment(url: string, { clientId, clientSecret }: Registration): Record<string, string> {
  return {
    MICROSOFT_AUTHORITY_URL: url,
    MICROSOFT_GRAPH_URL: `${url}/v1.0`,
    MICROSOFT_CLIENT_ID: clientId,
    MICROSOFT_CLIENT_SECRET: clientSecret,
  };
}
