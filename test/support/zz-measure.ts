import { openDatabase } from '../../src/store/mongodb.ts';
import { storeOver } from '../../src/store/index.ts';
import { aCalendar, aFullEvent, anEvent, connectedAccount, fingerprinted, minutesLater, syncTurn, testNow } from './builders.ts';
const db = await openDatabase({ mongodbUri: 'mongodb://127.0.0.1:27555/measure-store?replicaSet=rs0' });
await db.connection.dropDatabase(); await db.connection.close();
const database = await openDatabase({ mongodbUri: 'mongodb://127.0.0.1:27555/measure-store?replicaSet=rs0' });
const store = storeOver(database);
const c = await connectedAccount(store);
const turn = await syncTurn(store, c.id);
const N = 10_000;
const evs = Array.from({ length: N }, (_, n) => fingerprinted(aFullEvent(`event_${n}_2026112${n}`, { start: minutesLater(n * 17), end: minutesLater(n*17+30), recurringEventId: n % 3 ? `s${n % 50}` : undefined, description: 'x'.repeat(400) })));
const native = database.connection.getClient().db('measure-store');
const types = await import('mongoose');
const docs = () => { const cal = new types.Types.ObjectId(); const con = new types.Types.ObjectId(); return evs.map(({ event, fingerprint }) => ({ userId: 'u', connectionId: con, calendarId: cal, ...event, fingerprint, run: 1, updatedAt: testNow })); };
const time = async (name: string, f: () => Promise<unknown>) => { const t = performance.now(); await f(); const ms = performance.now() - t; (results[name] ??= []).push(ms); };
const results: Record<string, number[]> = {};
for (let round = 0; round < 5; round += 1) {
  const plain = docs();
  const bare = native.collection(`bare${round}`); await native.createCollection(`bare${round}`);
  await time('insertMany, no indexes', () => bare.insertMany(plain, { ignoreUndefined: true }));
  const p2 = docs();
  await time('insertMany, same indexes', () => native.collection('events').insertMany(p2, { ignoreUndefined: true, ordered: false }));
  const p4 = docs();
  await time('insertMany 2500s, same indexes', async () => { for (let i = 0; i < N; i += 2500) await native.collection('events').insertMany(p4.slice(i, i + 2500), { ignoreUndefined: true, ordered: false }); });
  for (const page of [250, 2500]) {
    const [cal] = await store.facts.replaceCalendars(turn, [aCalendar(`r${round}p${page}`)], testNow);
    await time(`applyPage first, pages of ${page}`, async () => {
      for (let i = 0; i < N; i += page) await store.facts.applyPage(turn, cal!.id, { upserts: evs.slice(i, i + page), deletes: [] }, testNow, minutesLater(1));
    });
    await time(`marks, pages of ${page}`, async () => {
      for (let i = 0; i < N; i += page) await store.facts.marks(cal!.id, { ids: evs.slice(i, i + page).map((e) => e.event.providerEventId), seriesIds: [] });
    });
    await time(`applyPage all changed, pages of ${page}`, async () => {
      for (let i = 0; i < N; i += page) await store.facts.applyPage(turn, cal!.id, { upserts: evs.slice(i, i + page).map((e) => ({ ...e, event: { ...e.event, title: 'c' } })), deletes: [] }, testNow, minutesLater(1));
    });
    if (page === 2500) {
      const p5 = docs();
      await time('mongoose Model.bulkWrite insertOne 2500s', async () => { for (let i = 0; i < N; i += 2500) await database.events.bulkWrite(p5.slice(i, i + 2500).map((document) => ({ insertOne: { document } })) as never, { ordered: false }); });
      const p6 = docs();
      await time('native bulkWrite upsert 2500s', async () => { for (let i = 0; i < N; i += 2500) await database.events.collection.bulkWrite(p6.slice(i, i + 2500).map((d) => ({ replaceOne: { filter: { calendarId: d.calendarId, providerEventId: d.providerEventId }, replacement: d, upsert: true } })), { ordered: false, ignoreUndefined: true }); });
    }
  }
}
for (const [k, v] of Object.entries(results)) console.log(k.padEnd(50), v.map((x) => x.toFixed(0)).join(' '));
await database.connection.dropDatabase();
await store.close();
