import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providerIds, type ProviderId } from '../../src/domain/provider-id.ts';
import { deployFragile, type FragileDeployment } from '../support/deployment.ts';
import type { AskerAnswer, AskerOrder, AskerReport } from '../support/token-asker.ts';
import { outageMs } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';

const program = fileURLToPath(new URL('../support/token-asker.ts', import.meta.url));
const email = { google: 'ada@analytical.example', microsoft: 'grace@harbor.example' };
/** Fifty, over four processes. */
const workersOf = [13, 13, 12, 12];
/** Far longer than they take to meet, on whatever machine; and what a test waits for whose holder dies. */
const [usualTurnMs, shortTurnMs] = [120_000, 20_000];
const timeout = 240_000;
/** Longer than the driver's own search for a server, which would bridge a shorter one by itself. */
const awayMs = outageMs + 3000;
/** That the token opens the account is tried fifty times at once, which is more than the budgets would let through. */
const plenty = {
  GOOGLE_REQUESTS_PER_MINUTE: '1000000',
  GOOGLE_USER_REQUESTS_PER_MINUTE: '1000000',
  MICROSOFT_MAILBOX_REQUESTS_PER_TEN_MINUTES: '1000000',
  MICROSOFT_MAILBOX_CONCURRENCY: '1000',
};

interface Asker {
  readonly process: ChildProcess;
  /** Of the latest round. */
  reports: AskerReport[];
  order(order: AskerOrder): void;
  answers(): Promise<readonly AskerAnswer[]>;
  end(): Promise<void>;
}

let product: FragileDeployment;
let client: mongo.MongoClient;
let askers: Asker[];
const connectionIds = new Map<ProviderId, string>();

beforeAll(async () => {
  product = await deployFragile(['connect'], plenty);
  client = new mongo.MongoClient(product.env['MONGODB_URI'] ?? '');
  product.google.addUser({ email: email.google });
  product.microsoft.addUser({ email: email.microsoft, name: 'Grace' });
  for (const provider of providerIds) {
    const { body } = await product.api.connect(provider, `user-${provider}`, (url) =>
      product[provider].authorize(url, { email: email[provider] }),
    );
    connectionIds.set(provider, body.connectionId);
  }
  askers = await Promise.all(workersOf.map(startAsker));
}, timeout);
afterAll(async () => {
  await Promise.all(askers.map((asker) => asker.end()));
  await client.close();
  await product.close();
}, timeout);

async function startAsker(): Promise<Asker> {
  const child = fork(program, [], { env: { ...process.env, ...product.env }, execArgv: [] });
  const ended = once(child, 'exit');
  const asker: Asker = {
    process: child,
    reports: [],
    order: (order) => void child.send(order),
    answers: () =>
      until(
        () => asker.reports.find((report) => report.type === 'answers'),
        () => '',
        timeout,
      ).then(({ answers }) => answers),
    async end() {
      if (child.connected) child.send({ end: true } satisfies AskerOrder);
      await ended;
    },
  };
  child.on('message', (report: AskerReport) => void asker.reports.push(report));
  await until(() => asker.reports.some(({ type }) => type === 'ready'));
  return asker;
}

const answersOf = async (of: readonly Asker[]) =>
  (await Promise.all(of.map((asker) => asker.answers()))).flat();

/** No retry would mend it. */
const isFinal = (answer: AskerAnswer): boolean =>
  'error' in answer && ['gone', 'reconnect_needed', 'refused', 'misconfigured'].includes(answer.error);

/** Everybody was given the one token that the vendor gave, under the next version, and it opens the account. */
function expectOneToken(answers: readonly AskerAnswer[], version: number): void {
  const tokens = new Set(answers.map((answer) => ('tokenHash' in answer ? answer.tokenHash : answer.error)));
  expect([...tokens]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  const versions = new Set(answers.map((answer) => 'version' in answer && answer.version));
  expect(versions).toEqual(new Set([version]));
  expect(answers.every((answer) => 'opens' in answer && answer.opens)).toBe(true);
}

describe.each(providerIds)(
  'I6: fifty workers in four processes that need the same expired token of %s',
  { timeout },
  (id) => {
    const refreshes = (since: number) =>
      product[id].requests
        .slice(since)
        .filter(({ body }) => new URLSearchParams(body).get('grant_type') === 'refresh_token');
    const refreshTokenOf = (request: { readonly body: string } | undefined): string | null =>
      new URLSearchParams(request?.body).get('refresh_token');
    const connection = async () => (await product.api.get(`/v1/connections/${connectionIds.get(id)!}`)).body;
    const connections = () => client.db().collection('connections');
    const byId = () => ({ _id: new mongo.ObjectId(connectionIds.get(id)!) });
    const credentials = async () => (await connections().findOne(byId()))?.['credentials'];
    const loseAnswer = (type: 'withhold' | 'cut-after'): void =>
      product[id].fault({ match: { method: 'POST', path: 'token$' }, action: { type } });

    /** All of them ask; when this resolves one of them holds the turn, and all others have found it taken. */
    async function meet(refreshTurnMs = usualTurnMs) {
      product[id].expireAccessTokens(email[id]);
      await connections().updateOne(byId(), { $set: { 'credentials.expiresAt': new Date(0) } });
      const version: number = (await credentials()).version;
      const before = product[id].requests.length;
      for (const [n, asker] of askers.entries()) {
        asker.reports = [];
        asker.order({ ask: workersOf[n]!, connectionId: connectionIds.get(id)!, refreshTurnMs });
      }
      const that = (type: AskerReport['type']) => (report: AskerReport) => report.type === type;
      const count = (type: AskerReport['type']): number =>
        askers.flatMap(({ reports }) => reports.filter(that(type))).length;
      await until(() => count('holds') + count('waits') === 50);
      expect([count('holds'), count('waits')]).toEqual([1, 49]);
      return {
        version,
        before,
        holder: askers.findIndex(({ reports }) => reports.some(that('holds'))),
        go: () => askers.forEach((asker) => asker.order({ go: true })),
      };
    }

    it('cause one refresh, and the next one uses what it brought', async () => {
      const { version, before, go } = await meet();
      go();
      const answers = await answersOf(askers);
      expect(answers).toHaveLength(50);
      expectOneToken(answers, version + 1);
      expect(refreshes(before)).toHaveLength(1);

      const again = await meet();
      again.go();
      expectOneToken(await answersOf(askers), version + 2);
      expect(refreshes(again.before)).toHaveLength(1);
      const [first, second] = refreshes(before);
      // Google keeps the one that it gave; Microsoft gives a new one with every answer.
      expect(refreshTokenOf(second) === refreshTokenOf(first)).toBe(id === 'google');
    });

    it('are served by another where the one that holds the turn is killed, after the turn', async () => {
      const { holder, version, before, go } = await meet(shortTurnMs);
      const turnEnds: Date = (await credentials()).turn.until;
      loseAnswer('withhold');
      go();
      await until(() => refreshes(before).length === 1);
      const [killed] = askers.splice(holder, 1);
      killed?.process.kill('SIGKILL');
      const answers = await answersOf(askers);
      askers.splice(holder, 0, await startAsker());
      expect(answers).toHaveLength(50 - workersOf[holder]!);
      expectOneToken(answers, version + 1);
      expect(refreshes(before)).toHaveLength(2);
      const [first, second] = refreshes(before);
      expect(second!.at.getTime()).toBeGreaterThanOrEqual(turnEnds.getTime());
      expect(refreshTokenOf(second)).toBe(refreshTokenOf(first));
      expect(await connection()).toMatchObject({ status: 'active' });
    });

    it('are served by another where the answer is lost: one of them fails, and nobody is marked', async () => {
      const { version, before, go } = await meet();
      loseAnswer('cut-after');
      go();
      const answers = await answersOf(askers);
      expect(answers.filter((answer) => 'error' in answer)).toEqual([{ error: 'unavailable' }]);
      expectOneToken(
        answers.filter((answer) => !('error' in answer)),
        version + 1,
      );
      expect(refreshes(before)).toHaveLength(2);
      expect(await connection()).toMatchObject({ status: 'active', consecutiveFailures: 0 });
    });

    it.each(['redis', 'mongodb'] as const)(
      'lose nothing of one refresh where %s goes away before its answer has come',
      async (server) => {
        const { version, before, go } = await meet();
        product[id].fault({
          match: { method: 'POST', path: 'token$' },
          action: { type: 'delay', ms: outageMs / 5 },
        });
        go();
        await until(() => refreshes(before).length === 1);
        await product[server].fail('cut');
        await sleep(awayMs);
        await product[server].mend();

        const first = await answersOf(askers);
        expect(first.filter(isFinal)).toEqual([]);
        const given = first.filter((answer) => !('error' in answer));
        expect(given.length).toBeGreaterThan(0);
        expectOneToken([...given, ...(await askAgain())], version + 1);
        expect(refreshes(before)).toHaveLength(1);
        expect(await connection()).toMatchObject({ status: 'active', consecutiveFailures: 0 });
      },
    );

    /** As the retry of a job does, without waiting for anybody. */
    async function askAgain(): Promise<readonly AskerAnswer[]> {
      for (const [n, asker] of askers.entries()) {
        asker.reports = [];
        asker.order({ ask: workersOf[n]!, connectionId: connectionIds.get(id)!, refreshTurnMs: usualTurnMs });
        asker.order({ go: true });
      }
      return answersOf(askers);
    }
  },
);
