/**
 * `npm run screenshots`: plays the demo, opens its settings page in a real Chromium, connects, books and has somebody
 * decline there, and takes the pictures of the README into docs/images/.
 */
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { ada, grace, you } from '../demo/people.ts';
import { setStage, type Stage } from '../demo/stage.ts';
import { visit } from '../demo/visitor.ts';
import { until } from '../test/support/until.ts';
import { findChromium, launchChromium } from './chromium.ts';

const folder = new URL('../docs/images/', import.meta.url).pathname;
const candidate = { name: 'Dorothy Vaughan', email: 'dorothy@candidates.example' };

await using open = new AsyncDisposableStack();
const path = await findChromium();
if (path === undefined)
  throw new Error('no Chromium here: install one (apt-get install chromium), or set CHROMIUM_PATH');
mkdirSync(folder, { recursive: true });
const stage = await setStage(open, (line) => console.log(line));
stage.forgetLog();
await connectColleagues(stage);
const browser = await launchChromium(path);
open.defer(() => browser.close());
const desktop = await openPage(browser, { width: 1320, height: 900 }, 1.5);
await book(desktop);
await answer(stage, desktop);
await take(desktop, 'settings-page');
await desktop.emulateMedia({ colorScheme: 'dark' });
await take(desktop, 'settings-page-dark');
await takePhone(browser, desktop);

/** Both through the page's server, as their browsers would. */
async function connectColleagues({ google, microsoft, settingsUrl, api }: Stage): Promise<void> {
  const asAda = await visit(settingsUrl, ada.userId);
  await asAda.connect('google', (url) => google.authorize(url, { email: ada.email }));
  const asGrace = await visit(settingsUrl, grace.userId);
  await asGrace.connect('microsoft', (url) => microsoft.authorize(url, { email: grace.email }));
  for (const { userId } of [ada, grace]) {
    await until(
      async () => (await api.get(`/v1/users/${userId}/connections`)).body.connections[0]?.lastSyncedAt,
    );
  }
}

/** Signed in, at the week in which the people of the demo have their entries. */
async function openPage(
  chromium: Browser,
  viewport: { width: number; height: number },
  deviceScaleFactor: number,
): Promise<Page> {
  const context = await chromium.newContext({
    viewport,
    deviceScaleFactor,
    locale: 'en-GB',
    timezoneId: you.zone,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(stage.settingsUrl);
  await page.getByRole('button', { name: you.name }).click();
  await page.getByRole('heading', { name: 'Find a time' }).waitFor();
  return page;
}

/** Through Google's consent page, and to an interview at the second time that is offered. */
async function book(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Connect Google Calendar' }).click();
  await page.getByRole('button', { name: you.name }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('Google Calendar is connected.').waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.locator('.week .start').nth(1).click();
  await page.getByLabel('Title').fill('Interview: orbital mechanics');
  await page.getByLabel('Candidate’s name').fill(candidate.name);
  await page.getByLabel('Candidate’s email').fill(candidate.email);
  await page.getByRole('button', { name: 'Book', exact: true }).click();
  await page.getByRole('link', { name: 'Link to the meeting' }).waitFor();
}

/** The candidate comes, and Ada does not. */
async function answer({ google, api }: Stage, page: Page): Promise<void> {
  const always = [new Date('2020-01-01T00:00:00Z'), new Date('2050-01-01T00:00:00Z')] as const;
  const event = google
    .truth(you.email, you.email, ...always)
    .find(({ summary }) => summary?.includes('orbital'));
  const said = new Map([
    [ada.email, 'declined'],
    [candidate.email, 'accepted'],
  ] as const);
  const attendees = (event?.attendees ?? []).map((one) => {
    const responseStatus = said.get(one.email ?? '');
    return responseStatus === undefined ? one : { ...one, responseStatus };
  });
  google.editEvent(you.email, you.email, event?.id ?? '', { attendees }, { sendUpdates: 'none' });
  const { body } = await api.get(`/v1/users/${you.userId}/connections`);
  await api.sync(body.connections[0].id);
  await page.getByText('Declined', { exact: true }).waitFor();
}

async function take(page: Page, name: string): Promise<void> {
  // So that nothing is hovered, focused or half-way.
  await page.mouse.move(0, 0);
  await page.evaluate('document.activeElement?.blur(); scrollTo(0, 0)');
  await page.locator('.week .start').nth(2).hover();
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: true });
  console.log(`   docs/images/${name}.png`);
}

/** Two looks: at the calendars, and at the times of a day. */
async function takePhone(chromium: Browser, signedIn: Page): Promise<void> {
  const page = await openPage(chromium, { width: 360, height: 780 }, 2);
  await page.locator('.week .start').first().waitFor();
  await page.locator('[data-connection]').waitFor();
  await page.screenshot({ path: `${folder}settings-page-phone.png` });
  await page.evaluate(`document.getElementById('week-title').scrollIntoView(); scrollBy(0, -12)`);
  await page.screenshot({ path: `${folder}settings-page-phone-week.png` });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('.week .start').nth(1).click();
  await page.getByLabel('Candidate’s name').fill(candidate.name);
  await page.screenshot({ path: `${folder}settings-page-phone-booking.png` });
  await signedIn.close();
  console.log('   docs/images/settings-page-phone*.png');
}
