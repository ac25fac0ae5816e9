import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProviderId } from '../src/domain/provider-id.ts';
import { giveConsent } from '../test/simulators/google/consent.ts';
import { browserConsent } from '../test/simulators/microsoft/browser-consent.ts';
import type { RecordedRequest } from '../test/simulators/simulator.ts';

/** How another process reaches the simulators. */
export interface VendorAddresses {
  /** Endpoints and client credentials, for `readConfig`. */
  readonly env: Readonly<Record<string, string>>;
  readonly controlUrls: Readonly<Record<ProviderId, string>>;
}

export interface Vendors extends VendorAddresses {
  close(): Promise<void>;
}

/** The person at both vendors whose calendar a sync sees as so many events. */
export function ownerOf(size: number): string {
  return `owner-of-${size}@company.example`;
}

/** Starts both simulators with one calendar of each size at each vendor. The caller closes them. */
export async function startVendors(sizes: readonly number[]): Promise<Vendors> {
  const program = fileURLToPath(new URL('./vendor-process.ts', import.meta.url));
  const child = fork(program, sizes.map(String), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the simulators ended early (status ${String(code)})`);
  });
  died.catch(() => {});
  const [addresses] = (await Promise.race([once(child, 'message'), died])) as [VendorAddresses];
  return {
    ...addresses,
    close: async () => {
      const exited = died.catch(() => {});
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Agrees at the consent page, as the user would; gives the code that the app is called back with. */
export async function codeFromConsent(vendor: ProviderId, authUrl: string, email: string): Promise<string> {
  const consent = { google: giveConsent, microsoft: browserConsent }[vendor];
  const code = (await consent(authUrl, { email })).searchParams.get('code');
  if (code === null) throw new Error(`${vendor} gave no code for ${email}`);
  return code;
}

/** From now on the vendor refuses every cursor of this calendar's owner, as it does now and then. */
export async function expireCursors(
  { controlUrls }: VendorAddresses,
  vendor: ProviderId,
  email: string,
): Promise<void> {
  switch (vendor) {
    case 'google':
      return void (await control(`${controlUrls.google}/sync-tokens/expire`, 'POST', { email }));
    case 'microsoft':
      return void (await control(
        `${controlUrls.microsoft}/users/${encodeURIComponent(email)}/expire-delta-tokens`,
        'POST',
      ));
  }
}

/** The listing requests that reached the vendor since the last time, oldest first. */
export async function takeListingRequests(
  { controlUrls }: VendorAddresses,
  vendor: ProviderId,
): Promise<RecordedRequest[]> {
  const path = encodeURIComponent('/(events|calendarView/delta)$');
  const answer = await control(`${controlUrls[vendor]}/requests?path=${path}`, 'GET');
  const requests = (await answer.json()) as RecordedRequest[];
  await control(`${controlUrls[vendor]}/requests`, 'DELETE');
  return requests;
}

async function control(url: string, method: string, body?: object): Promise<Response> {
  const answer = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!answer.ok) throw new Error(`the simulator answered ${answer.status} to ${method} ${url}`);
  return answer;
}
