import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Person } from '../../examples/settings-page/people.ts';
import { startSettingsPage, type SettingsPage } from '../../examples/settings-page/start.ts';
import { holdPort } from '../../scripts/free-port.ts';
import { deploy, type Deployment } from './deployment.ts';

export const zone = 'Europe/Berlin';

/** Each test has somebody of its own, so that none finds what another has left. */
export function colleague(userId: string): Person {
  return {
    userId,
    name: `${userId[0]?.toUpperCase()}${userId.slice(1)}`,
    email: `${userId}@work.example`,
    timeZone: zone,
  };
}

/** The product, both vendors, and the settings page as a main app serves it. */
export interface House extends Deployment {
  readonly settingsUrl: string;
  /** The same page at an address that is registered nowhere, or only with us. */
  readonly unregisteredUrl: string;
  readonly unknownUrl: string;
  readonly apiKey: string;
}

export async function openHouse(people: readonly Person[]): Promise<House> {
  const ports = [await holdPort(0), await holdPort(0), await holdPort(0)];
  const [settingsUrl = '', unregisteredUrl = '', unknownUrl = ''] = ports.map(
    ({ port }) => `http://localhost:${port}/settings`,
  );
  const product = await deploy(
    ['all', 'scheduler'],
    { OAUTH_REDIRECT_URIS: `${settingsUrl},${unregisteredUrl}`, SYNC_INTERVAL_MINUTES: '1440' },
    { push: true, redirectUris: [settingsUrl] },
  );
  const apiKey = String(product.env['INTAKE_API_KEYS']);
  for (const { email, name } of people) {
    product.google.addUser({ email, name, timeZone: zone });
    product.microsoft.addUser({ email, name });
  }
  const pages: SettingsPage[] = [];
  for (const { port, release } of ports) {
    await release();
    pages.push(await startSettingsPage({ calendarSyncUrl: product.api.url, apiKey, people, port }));
  }
  return {
    ...product,
    settingsUrl,
    unregisteredUrl,
    unknownUrl,
    apiKey,
    async close() {
      await Promise.all(pages.map((page) => page.close()));
      await product.close();
    },
  };
}

export interface Visit {
  readonly page: Page;
  /** What the page's own console has complained of, and every body that its server has sent. */
  readonly complaints: string[];
  readonly received: string[];
}

/** A browser of its own, in which somebody has signed in. */
export async function signIn(
  browser: Browser,
  settingsUrl: string,
  person: Person,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: zone,
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const { origin } = new URL(settingsUrl);
  const complaints: string[] = [];
  const received: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    if (message.type() === 'error' && message.location().url.startsWith(origin))
      complaints.push(message.text());
  });
  page.on('response', (response) => {
    const isStream = response.headers()['content-type']?.includes('event-stream') === true;
    if (!response.url().startsWith(origin) || isStream) return;
    void response.text().then(
      (text) => received.push(text),
      // A redirect has no body.
      () => {},
    );
  });
  await page.goto(settingsUrl);
  await page.getByRole('button', { name: person.name }).click();
  await page.locator('#week-summary:not(:empty)').waitFor();
  return { page, complaints, received };
}

/** Up to the moment at which the page says how it went. */
export async function connectAtGoogle({ page }: Visit, person: Person, decision = 'Continue'): Promise<void> {
  await page.getByRole('button', { name: 'Connect Google Calendar', exact: true }).click();
  await page.getByRole('button', { name: person.email }).click();
  await page.getByRole('button', { name: decision }).click();
}

export async function connectAtMicrosoft(
  { page }: Visit,
  person: Person,
  decision = 'Accept',
): Promise<void> {
  await page.getByRole('button', { name: 'Connect Outlook', exact: true }).click();
  await page.getByLabel(person.email).check();
  await page.getByRole('button', { name: decision }).click();
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with the page as it is, in a line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Not as a script element: the page's policy lets none in.
  await page.evaluate(axe);
  return page.evaluate(`axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`);
}
