/** The vendors that this service speaks to. A new vendor starts with a name here. */
export const providerIds = ['google', 'microsoft'] as const;

export type ProviderId = (typeof providerIds)[number];

export function isProviderId(value: string): value is ProviderId {
  return (providerIds as readonly string[]).includes(value);
}
