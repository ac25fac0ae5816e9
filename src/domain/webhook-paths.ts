import type { ProviderId } from './provider-id.ts';

/** Where the vendors' notifications come in. Intake serves these paths, and watches are created with them. */
export const webhookPaths = {
  google: '/v1/webhooks/google',
  microsoft: '/v1/webhooks/microsoft',
  microsoftLifecycle: '/v1/webhooks/microsoft/lifecycle',
} as const;

export interface WebhookAddresses {
  readonly notifications: string;
  /** For what the vendor tells about the watch itself; Google tells nothing, and is not given it. */
  readonly lifecycle: string;
}

/** `publicUrl` without a slash at its end, as the configuration gives it. */
export function webhookAddresses(publicUrl: string, provider: ProviderId): WebhookAddresses {
  const at = (path: string): string => `${publicUrl}${path}`;
  switch (provider) {
    case 'google':
      return { notifications: at(webhookPaths.google), lifecycle: at(webhookPaths.google) };
    case 'microsoft':
      return {
        notifications: at(webhookPaths.microsoft),
        lifecycle: at(webhookPaths.microsoftLifecycle),
      };
  }
}
