import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, launchChromium } from '../../scripts/chromium.ts';
import {
  colleague,
  connectAtGoogle,
  connectAtMicrosoft,
  openHouse,
  signIn,
  type House,
} from '../support/settings-page-visit.ts';
import { until } from '../support/until.ts';

const chromium = await findChromium();
const names = ['ada', 'grace', 'dora', 'wanda', 'frida', 'rita', 'tina', 'lisa', 'mallory'];
const people = Object.fromEntries(names.map((name) => [name, colleague(name)]));
const person = (name: string) => people[name]!;

describe.skipIf(chromium === undefined)('connecting on the settings page', () => {
  let house: House;
  let browser: Browser;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse(Object.values(people)), launchChromium(chromium!)]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  const enter = (name: string, at = house.settingsUrl) => signIn(browser, at, person(name));
  const connectionsOf = async (userId: string) =>
    (await house.api.get(`/v1/users/${userId}/connections`)).body.connections;

  it('goes through Google’s consent page, and shows the calendar, read', async () => {
    const visit = await enter('ada');
    await connectAtGoogle(visit, person('ada'));
    await visit.page.getByText('Google Calendar is connected.').waitFor();
    const card = visit.page.getByRole('article', { name: 'Google Calendar, ada@work.example' });
    await card.getByText('Last read just now').waitFor();
    expect(await card.getByRole('switch').count()).toBe(1);
    expect(visit.page.url()).toBe(house.settingsUrl);
    expect(visit.complaints).toEqual([]);
  });

  it('goes through Microsoft’s consent page', async () => {
    const visit = await enter('grace');
    await connectAtMicrosoft(visit, person('grace'));
    await visit.page.getByText('Outlook is connected.').waitFor();
    await visit.page
      .getByRole('article', { name: 'Outlook, grace@work.example' })
      .getByText('Last read')
      .waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('says in words that consent was denied, with the code and what to do', async () => {
    const visit = await enter('dora');
    await connectAtGoogle(visit, person('dora'), 'Cancel');
    const alert = visit.page.getByRole('alert');
    await alert.getByText('consent_denied').waitFor();
    expect(await alert.textContent()).toContain('Google Calendar was not connected.');
    await connectAtMicrosoft(visit, person('dora'), 'Cancel');
    await alert.getByText('Outlook was not connected.').waitFor();
    await visit.page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await alert.count()).toBe(0);
    expect(await connectionsOf('dora')).toEqual([]);
  });

  it('tells whoever comes back from a provider that does not know the redirect address', async () => {
    const visit = await enter('wanda', house.unregisteredUrl);
    await visit.page.getByRole('button', { name: 'Connect Google Calendar' }).click();
    await visit.page.getByText('redirect_uri_mismatch').waitFor();
    await visit.page.goto(house.unregisteredUrl);
    await visit.page.getByText('Google Calendar has not answered yet.').waitFor();
    expect(await connectionsOf('wanda')).toEqual([]);
  });

  it('shows what Calendar Sync says to a redirect address that it does not know', async () => {
    const visit = await enter('wanda', house.unknownUrl);
    await visit.page.getByRole('button', { name: 'Connect Outlook' }).click();
    const alert = visit.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toContain('redirectUri must be one of');
    expect(visit.page.url()).toBe(house.unknownUrl);
  });

  it('uses no answer that this session has not asked for, be it made up or somebody else’s', async () => {
    const visit = await enter('frida');
    await visit.page.goto(`${house.settingsUrl}?state=made-up&code=made-up`);
    await visit.page.getByText('this session has not asked for').waitFor();
    expect(visit.page.url()).toBe(house.settingsUrl);

    const mallory = await enter('mallory');
    await mallory.page.getByRole('button', { name: 'Connect Google Calendar' }).click();
    await mallory.page.waitForURL(/oauth2/);
    const landed = await house.google.authorize(mallory.page.url(), { email: person('mallory').email });
    await visit.page.goto(landed.href);
    await visit.page.getByText('this session has not asked for').waitFor();
    expect(await connectionsOf('frida')).toEqual([]);
    expect(await connectionsOf('mallory')).toEqual([]);
  });

  it('shows by itself that a permission was withdrawn, and mends it', async () => {
    const visit = await enter('rita');
    await connectAtGoogle(visit, person('rita'));
    const card = visit.page.getByRole('article', { name: 'Google Calendar, rita@work.example' });
    await card.getByText('Last read').waitFor();
    const [{ id }] = await connectionsOf('rita');
    house.google.revokeGrant(person('rita').email);
    await house.api.post(`/v1/connections/${id}/sync`, {});
    await card.getByText('Needs you').waitFor();
    await card.getByText('Only the user can mend this.').waitFor();
    await visit.page.getByRole('button', { name: /^Reconnect/ }).click();
    // Google was told whom we mean, and asks nobody to choose.
    await visit.page.getByRole('button', { name: 'Continue' }).click();
    await card.getByText('Connected').waitFor();
    expect(await card.getByText('Needs you').count()).toBe(0);
    expect((await connectionsOf('rita')).map((one: { id: string }) => one.id)).toEqual([id]);
  });

  it('takes a calendar out and in again with its switch', async () => {
    const { email } = person('tina');
    const choir = house.google.addCalendar(email, {
      summary: 'Choir',
      timeZone: 'Europe/Berlin',
      accessRole: 'owner',
    });
    expect(choir.id).toBeDefined();
    const visit = await enter('tina');
    await connectAtGoogle(visit, person('tina'));
    const toggle = visit.page.getByRole('switch', { name: 'Choir' });
    expect(await toggle.isChecked()).toBe(true);
    const isSelected = async () => {
      const [{ id }] = await connectionsOf('tina');
      const { calendars } = (await house.api.get(`/v1/connections/${id}/calendars`)).body;
      return calendars.find(({ name }: { name: string }) => name === 'Choir').selected;
    };
    await toggle.uncheck();
    await until(async () => (await isSelected()) === false);
    // The page draws its list anew once it hears of the change; a key that is pressed right then is lost, and pressed again.
    await until(async () => {
      await toggle.focus();
      if (!(await toggle.isChecked())) await visit.page.keyboard.press('Space');
      return (await isSelected()) === true;
    });
    await until(() => toggle.isChecked());
  });

  it('disconnects after it has asked, and not without', async () => {
    const visit = await enter('lisa');
    await connectAtGoogle(visit, person('lisa'));
    const leave = visit.page.getByRole('button', { name: /^Disconnect/ }).first();
    await leave.click();
    await visit.page.getByRole('button', { name: 'Keep it' }).click();
    expect(await connectionsOf('lisa')).toHaveLength(1);
    await leave.click();
    await visit.page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await visit.page.getByText('No calendar yet.').waitFor();
    await until(async () => (await connectionsOf('lisa')).length === 0);
  });
});
