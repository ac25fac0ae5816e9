import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { connect, graphCaller } from './microsoft-simulator-client.ts';
import { ADELE, type PushWorld, TENANT, nine, startPushWorld, ten } from './microsoft-simulator-push.ts';
import type { Receiver } from './microsoft-simulator-receiver.ts';

const MEGAN = 'megan@contoso.example';
let world: PushWorld;
let simulator: MicrosoftSimulator;
let receiver: Receiver;

beforeEach(async () => {
  world = await startPushWorld();
  ({ simulator, receiver } = world);
});

afterEach(() => world.close());

describe('a notification', () => {
  it('comes for each change by itself, and names the event, the subscription and the tenant', async () => {
    const subscriptionId = await world.subscribe();
    const { id } = world.put();
    await expect.poll(() => receiver.posts.length).toBe(1);
    expect(receiver.posts).toEqual([
      [
        {
          subscriptionId,
          subscriptionExpirationDateTime: '2026-03-09T08:00:00.0000000Z',
          changeType: 'created',
          resource: `Users/${world.oid}/Events/${id}`,
          resourceData: {
            '@odata.type': '#Microsoft.Graph.Event',
            '@odata.id': `Users/${world.oid}/Events/${id}`,
            '@odata.etag': expect.stringMatching(/^W\//) as string,
            id,
          },
          clientState: 'secret',
          tenantId: TENANT,
        },
      ],
    ]);
    world.put('interview', 'Renamed');
    simulator.deleteEvent(ADELE, 'default', id);
    await simulator.deliverNotifications();
    expect(world.received()).toEqual(['created', 'updated', 'deleted']);
  });

  it('has an immutable id only where the subscription was made with that preference', async () => {
    await world.subscribe({}, { prefer: '' });
    const { id } = world.put();
    await simulator.deliverNotifications();
    expect(receiver.posts[0]?.[0]?.resourceData?.['id']).not.toBe(id);
  });

  it('tells only of the changes asked for, in every calendar of that mailbox and in no other', async () => {
    await world.subscribe({ changeType: 'deleted' });
    simulator.addUser({ email: MEGAN, name: 'Megan Bowen' });
    const team = simulator.addCalendar(ADELE, { name: 'Team' });
    const times = {
      start: nine,
      end: ten,
    };
    for (const [email, calendar] of [
      [ADELE, team],
      [MEGAN, 'default'],
    ] as const) {
      const { id } = simulator.putEvent(email, calendar, times);
      simulator.deleteEvent(email, calendar, id);
    }
    await simulator.deliverNotifications();
    expect(world.received()).toEqual(['deleted']);
  });

  it('comes to an attendee’s subscription when an invitation arrives', async () => {
    simulator.addUser({ email: MEGAN, name: 'Megan Bowen' });
    const megan = graphCaller(simulator, (await connect(simulator, MEGAN)).access_token);
    await world.subscribe();
    await megan('POST', '/me/events', {
      start: nine,
      end: ten,
      attendees: [{ type: 'required', emailAddress: { address: ADELE } }],
    });
    await simulator.deliverNotifications();
    expect(world.received()).toEqual(['created']);
  });

  it('of a create can come as created and as updated', async () => {
    simulator.setBehaviour({ notifications: { createdPlusUpdated: true } });
    await world.subscribe();
    world.put();
    await simulator.deliverNotifications();
    expect(world.received()).toEqual(['created', 'updated']);
  });

  it('shares its POST with those of other subscriptions when told to', async () => {
    simulator.setBehaviour({ notifications: { mixed: true } });
    const ids = [await world.subscribe(), await world.subscribe()];
    world.put();
    world.put('other');
    await simulator.deliverNotifications();
    expect(receiver.posts).toHaveLength(1);
    expect(receiver.posts[0]?.map(({ subscriptionId }) => subscriptionId)).toEqual([...ids, ...ids]);
  });

  it('vanishes while notifications are lost', async () => {
    await world.subscribe();
    simulator.setBehaviour({ notifications: { lost: true } });
    world.put();
    simulator.setBehaviour({ notifications: { lost: false } });
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(receiver.posts).toEqual([]);
  });
});
