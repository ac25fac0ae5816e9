import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import { type GoogleClient, googleClient, refusal } from '../support/google-client.ts';
import { ADA, meeting, standup } from '../support/google-events.ts';
import { closeFaultless } from '../support/simulated-google.ts';

const BOB = 'bob@example.com';
const EVE = 'eve@else.example';
const SERIES_TIME = {
  start: { dateTime: '2026-03-23T09:00:00', timeZone: 'UTC' },
  end: { dateTime: '2026-03-23T09:30:00', timeZone: 'UTC' },
};

describe('guests of the Google simulator', () => {
  let google: GoogleSimulator;
  let ada: GoogleClient;
  let bob: GoogleClient;

  beforeEach(async () => {
    google = await startGoogleSimulator();
    for (const email of [ADA, BOB]) google.addUser({ email });
    [ada, bob] = await Promise.all([googleClient(google, ADA), googleClient(google, BOB)]);
  });

  afterEach(() => closeFaultless(google));

  const invite = (query = 'sendUpdates=all', ...others: string[]) =>
    ada.insert(
      meeting({
        id: 'invited',
        summary: 'Interview',
        attendees: [BOB, EVE, ...others].map((email) => ({ email })),
      }),
      query,
    );
  const mail = () => google.mail.map(({ to, kind }) => `${kind} ${to}`);
  const answers = async (client: GoogleClient) =>
    Object.fromEntries(
      ((await client.get('invited')).attendees ?? []).map(({ email, responseStatus }) => [
        email,
        responseStatus,
      ]),
    );

  it('have a copy of the event under the same id in their own calendar, which marks them', async () => {
    await invite();
    expect(await bob.get('invited')).toMatchObject({
      id: 'invited',
      iCalUID: 'invited@google.com',
      organizer: { email: ADA },
      attendees: [{ email: BOB, self: true, responseStatus: 'needsAction' }, { email: EVE }],
    });
    expect((await bob.get('invited')).organizer).not.toHaveProperty('self');
    expect((await ada.get('invited')).attendees?.[0]).not.toHaveProperty('self');
  });

  it.each([
    ['sendUpdates=all', [`invitation ${BOB}`, `invitation ${EVE}`]],
    ['sendNotifications=true', [`invitation ${BOB}`, `invitation ${EVE}`]],
    ['sendUpdates=externalOnly', [`invitation ${EVE}`]],
    ['sendUpdates=none', []],
    ['', []],
  ])('are mailed as "%s" says', async (query, sent) => {
    await invite(query);
    expect(mail()).toEqual(sent);
  });

  it('are mailed once for each change, by what it is to them', async () => {
    await invite();
    google.mail.length = 0;
    await ada.patch('invited', { summary: 'Interview' }, 'sendUpdates=all');
    expect(mail()).toEqual([]);
    await ada.patch('invited', { summary: 'Second interview' }, 'sendUpdates=all');
    expect(mail()).toEqual([`update ${BOB}`, `update ${EVE}`]);
    google.mail.length = 0;
    await ada.patch(
      'invited',
      { attendees: [{ email: BOB }, { email: 'zoe@else.example' }] },
      'sendUpdates=all',
    );
    expect(mail()).toEqual(['invitation zoe@else.example', `cancellation ${EVE}`]);
    google.mail.length = 0;
    await ada.remove('invited', 'sendUpdates=all');
    expect(mail()).toEqual([`cancellation ${BOB}`, 'cancellation zoe@else.example']);
    expect((await bob.get('invited')).status).toBe('cancelled');
  });

  it('answer for themselves, and everybody’s copy shows it', async () => {
    await invite();
    google.mail.length = 0;
    google.respond(BOB, 'invited', { responseStatus: 'accepted' });
    expect(await answers(ada)).toEqual({ [BOB]: 'accepted', [EVE]: 'needsAction' });
    expect(mail()).toEqual([`response ${ADA}`]);
    const own = (await bob.get('invited')).attendees?.map((attendee) =>
      attendee.self ? { ...attendee, responseStatus: 'tentative' } : attendee,
    );
    expect((await bob.patch('invited', { attendees: own })).httpStatus).toBe(200);
    expect(await answers(ada)).toEqual({ [BOB]: 'tentative', [EVE]: 'needsAction' });
  });

  it('may not change what is shared, unless the organizer allows it', async () => {
    await invite();
    expect(refusal(await bob.patch('invited', { summary: 'Mine' }))).toBe('403 forbiddenForNonOrganizer');
    expect(refusal(await bob.patch('invited', { attendees: [{ email: BOB }] }))).toBe(
      '403 forbiddenForNonOrganizer',
    );
    expect((await bob.patch('invited', { transparency: 'transparent' })).httpStatus).toBe(200);
    expect((await ada.get('invited')).transparency).toBeUndefined();
    await ada.patch('invited', { guestsCanModify: true });
    expect((await bob.patch('invited', { summary: 'Ours' })).httpStatus).toBe(200);
    expect((await ada.get('invited')).summary).toBe('Ours');
    expect((await bob.get('invited')).transparency).toBe('transparent');
  });

  it('decline by deleting their copy, and are not given it back', async () => {
    await invite();
    expect((await bob.remove('invited')).httpStatus).toBe(204);
    expect(await answers(ada)).toMatchObject({ [BOB]: 'declined' });
    await ada.patch('invited', { location: 'Elsewhere' });
    expect((await bob.get('invited')).status).toBe('cancelled');
  });

  it('lose their copy when they are left out, and get it back when they are asked again', async () => {
    await invite();
    await ada.patch('invited', { attendees: [{ email: EVE }] });
    expect((await bob.get('invited')).status).toBe('cancelled');
    await ada.patch('invited', { attendees: [{ email: EVE }, { email: BOB }] });
    expect((await bob.get('invited')).status).toBe('confirmed');
  });

  it('see a series with its exceptions, and cancel an instance of it for themselves', async () => {
    await ada.insert(standup(SERIES_TIME));
    await ada.patch('standup0_20260324T090000Z', { summary: 'Special' });
    await ada.patch('standup0', { attendees: [{ email: BOB }] });
    expect((await bob.get('standup0_20260324T090000Z')).summary).toBe('Special');
    await bob.remove('standup0_20260325T090000Z');
    expect((await ada.get('standup0_20260325T090000Z')).attendees).toMatchObject([
      { responseStatus: 'declined' },
    ]);
    expect((await ada.get('standup0_20260326T090000Z')).attendees).toMatchObject([
      { responseStatus: 'needsAction' },
    ]);
    await ada.remove('standup0');
    expect((await bob.get('standup0')).status).toBe('cancelled');
  });

  it('see of a private property only what is shared', async () => {
    const extendedProperties = { private: { interviewId: '7' }, shared: { room: '1' } };
    await ada.insert(meeting({ id: 'invited', extendedProperties, attendees: [{ email: BOB }] }));
    expect((await bob.get('invited')).extendedProperties).toEqual({ shared: { room: '1' } });
  });
});
