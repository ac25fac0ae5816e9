import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { weekFrom } from '../../demo/people.ts';
import { findChromium, launchChromium } from '../../scripts/chromium.ts';
import { meetingPeople } from '../support/meeting-people.ts';
import {
  accessibilityFaults,
  colleague,
  openHouse,
  signIn,
  zone,
  type House,
  type Visit,
} from '../support/settings-page-visit.ts';
import { vendorsOf } from '../support/simulated-vendors.ts';
import { until } from '../support/until.ts';

const chromium = await findChromium();
const [ada, grace, uma] = [colleague('ada'), colleague('grace'), colleague('uma')];
const candidate = 'kim@candidates.example';
const week = weekFrom(new Date());

describe.skipIf(chromium === undefined)('finding a time and booking it on the settings page', () => {
  let house: House;
  let browser: Browser;
  let visit: Visit;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse([ada, grace, uma]), launchChromium(chromium!)]);
    await house.api.connect('google', ada.userId, (url) => house.google.authorize(url, { email: ada.email }));
    await house.api.connect('microsoft', grace.userId, (url) =>
      house.microsoft.authorize(url, { email: grace.email }),
    );
    const vendors = vendorsOf(house.google, house.microsoft);
    await until(
      () => vendors.google.watches(ada.email).length > 0 && vendors.microsoft.watches(grace.email).length > 0,
    );
    visit = await signIn(browser, house.settingsUrl, ada, { viewport: { width: 1280, height: 1000 } });
    await panelWithout('Uma');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  const panelWithout = (name: string) => visit.page.getByRole('checkbox', { name }).uncheck();
  const times = (at = /./) => visit.page.locator('.week').getByRole('button', { name: at });
  const busyTimes = (title: string | RegExp) => visit.page.locator('.week').getByTitle(title);

  it('I7: takes nobody for free whose time is not known, and says why', async () => {
    await times().first().waitFor();
    await visit.page.getByRole('checkbox', { name: 'Uma' }).check();
    await visit.page.getByText('Nothing can be offered: it is not known when Uma is free.').waitFor();
    expect(await times().count()).toBe(0);
    expect(await busyTimes('Uma: not known').count()).toBe(5);
    await visit.page.getByText('not known: no calendar connected').waitFor();
    await panelWithout('Uma');
    await times().first().waitFor();
    expect(await busyTimes('Uma: not known').count()).toBe(0);
  });

  it('shows what somebody puts into their calendar, without being asked', async () => {
    const wednesday = times(/^10:00\W+Wednesday/);
    await wednesday.waitFor();
    house.google.putEvent(ada.email, ada.email, {
      summary: 'Secret plans',
      start: { dateTime: week.at(2, '10:00'), timeZone: zone },
      end: { dateTime: week.at(2, '11:00'), timeZone: zone },
    });
    await busyTimes(/^You: busy 10:00.11:00$/)
      .first()
      .waitFor();
    expect(await wednesday.count()).toBe(0);
    expect(visit.received.join()).not.toContain('Secret plans');
  });

  it('shows the times in the zone that is chosen', async () => {
    const zones = visit.page.getByLabel('Times in');
    await zones.selectOption('Australia/Adelaide');
    // Nine o’clock in Berlin; half past there, in summer and in winter.
    await times(/^1[678]:30\W+Tuesday/).waitFor();
    await zones.selectOption(zone);
    await times(/^0?9:00\W+Tuesday/).waitFor();
    expect(await times(/^18:30\W+Tuesday/).count()).toBe(0);
  });

  it('is left and entered with Tab, and gone through with the arrow keys', async () => {
    await visit.page.getByRole('button', { name: 'Next week' }).focus();
    await visit.page.keyboard.press('Tab');
    const focused = () => visit.page.evaluate(`document.activeElement.textContent`);
    const first = await focused();
    expect(first).toContain('book');
    await visit.page.keyboard.press('ArrowRight');
    expect(await focused()).not.toBe(first);
    await visit.page.keyboard.press('ArrowLeft');
    expect(await focused()).toBe(first);
    await visit.page.keyboard.press('Tab');
    expect(await focused()).toBe('The week as a list');
  });

  it('books a time, and shows that it is booked and what people answer', async () => {
    const { page } = visit;
    await times(/^14:00\W+Tuesday/).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('Kim');
    await page.keyboard.press('Tab');
    await page.keyboard.type(candidate);
    await page.keyboard.press('Enter');
    const card = page.getByRole('article', { name: 'Interview' });
    await card.getByText('Booked').waitFor();
    await card.getByRole('link', { name: 'Link to the meeting' }).waitFor();
    await until(async () => (await times(/^14:00\W+Tuesday/).count()) === 0);

    const people = meetingPeople(vendorsOf(house.google, house.microsoft)).google;
    const always = [new Date('2020-01-01T00:00:00Z'), new Date('2050-01-01T00:00:00Z')] as const;
    const event = house.google
      .truth(ada.email, ada.email, ...always)
      .find(({ summary }) => summary === 'Interview');
    people.answer(ada.email, event?.id ?? '', candidate, 'declined');
    await card.getByText('Declined').waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('cancels an interview after it has asked', async () => {
    const { page } = visit;
    await page.getByRole('button', { name: 'Cancel Interview' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel interview' }).click();
    await page.getByRole('article', { name: 'Interview' }).getByText('Cancelled').waitFor();
    await times(/^14:00\W+Tuesday/).waitFor();
    expect(await page.getByRole('button', { name: 'Cancel Interview' }).count()).toBe(0);
  });

  it.each(['light', 'dark'] as const)('has no fault that axe can find, in %s', async (colorScheme) => {
    const { page } = visit;
    await page.emulateMedia({ colorScheme });
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByText('The week as a list').click();
    await page.getByRole('heading', { name: 'Everybody is free' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByText('The week as a list').click();
    await times().first().click();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Not now' }).click();
  });

  it('fits on a phone, a day at a time, without fault', async () => {
    const phone = await signIn(browser, house.settingsUrl, ada, { viewport: { width: 360, height: 740 } });
    const { page } = phone;
    await page.getByRole('checkbox', { name: 'Uma' }).uncheck();
    await page.locator('.week').getByRole('button').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await page.getByRole('group', { name: 'Day' }).getByRole('button', { name: /^Thu/ }).click();
    await page
      .locator('.week')
      .getByRole('button', { name: /Thursday/ })
      .first()
      .waitFor();
    expect(
      await page
        .locator('.week')
        .getByRole('button', { name: /Tuesday/ })
        .count(),
    ).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(phone.complaints).toEqual([]);
  });

  it('I9: sends the API key to no browser', () => {
    expect(visit.received.length).toBeGreaterThan(20);
    expect(visit.received.join()).not.toContain(house.apiKey);
  });
});
