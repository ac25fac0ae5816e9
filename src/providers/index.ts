import type { ProviderId } from '../domain/provider-id.ts';
import { createGoogleProvider, type GoogleOptions } from './google/index.ts';
import { createMicrosoftProvider, type MicrosoftOptions } from './microsoft/index.ts';
import type { Provider, RequestBudget } from './provider.ts';

/** What each vendor needs to know, as the configuration gives it; undefined means that the vendor is off. */
export interface ProviderSettings {
  readonly google: Omit<GoogleOptions, 'now' | 'budget'> | undefined;
  readonly microsoft: Omit<MicrosoftOptions, 'now' | 'budget'> | undefined;
}

/** The vendors that are on. A new vendor is a line here. Whoever calls this closes what it gives. */
export function createProviders(
  settings: ProviderSettings,
  now: () => Date,
  budget: RequestBudget,
): ReadonlyMap<ProviderId, Provider> {
  const factories = {
    google: () => settings.google && createGoogleProvider({ ...settings.google, now, budget }),
    microsoft: () => settings.microsoft && createMicrosoftProvider({ ...settings.microsoft, now, budget }),
  } satisfies Record<ProviderId, () => Provider | undefined>;
  const live = Object.values(factories).flatMap((create) => create() ?? []);
  return new Map(live.map((provider) => [provider.id, provider]));
}
