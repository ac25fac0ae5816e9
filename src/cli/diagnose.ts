import { createDiagnose, type Diagnose } from '../diagnosis.ts';
import type { Finding } from '../domain/diagnosis-findings.ts';
import type { CalendarReport } from '../domain/diagnosis-reports.ts';
import type { Diagnosis } from '../domain/diagnosis.ts';
import { createQueuedJobs } from '../queue/queued-jobs.ts';
import type { Reads } from '../store/store.ts';
import { exitStatus, parse, printable, type Command } from './command.ts';

export const diagnose: Command = {
  usage: '<connectionId | userId> [--json]',
  summary: 'why this connection, or each one of this user, is in sync or is not, and what to do',
  async run({ live, args, print }) {
    const options = { json: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parse(args, options, ['<connectionId | userId>']);
    const diagnoses = await diagnosesOf(positionals[0] ?? '', live.store.reads, diagnosing(live));
    if (values.json) print(JSON.stringify(diagnoses, null, 2));
    else if (diagnoses.length === 0) print('There is no such connection, and no such user has any.');
    else print(diagnoses.map((diagnosis) => report(diagnosis).join('\n')).join('\n\n'));
    if (diagnoses.length === 0) return exitStatus.failed;
    return diagnoses.every(({ verdict }) => verdict === 'in_sync') ? exitStatus.done : exitStatus.attention;
  },
};

function diagnosing({
  store,
  producer,
  provider,
  config,
  now,
}: Parameters<Command['run']>[0]['live']): Diagnose {
  return createDiagnose({
    reads: store.reads,
    jobs: createQueuedJobs(producer.queues),
    provider,
    pushOn: config.publicUrl !== undefined,
    maxAgeMs: config.availabilityMaxAgeMs,
    now,
  });
}

/** A user's id is the main app's and may look like one of ours. */
async function diagnosesOf(
  id: string,
  reads: Pick<Reads, 'connectionsOf'>,
  diagnoseOne: Diagnose,
): Promise<Diagnosis[]> {
  const ids = [id, ...(await reads.connectionsOf(id)).map((connection) => connection.id)];
  const found = await Promise.all(ids.map(diagnoseOne));
  return found.filter((diagnosis) => diagnosis !== undefined);
}

function report(diagnosis: Diagnosis): string[] {
  const { connectionId, userId, provider, email, verdict, summary, findings, calendars } = diagnosis;
  return [
    `${provider} connection ${connectionId} of ${userId} (${email})`,
    `${verdict.replaceAll('_', ' ').toUpperCase()}: ${summary}`,
    ...findings.flatMap((finding) => findingLines(finding, calendars)),
    '',
    ...factLines(diagnosis),
    ...calendars.flatMap(calendarLines),
  ].map(printable);
}

function findingLines(
  { severity, code, message, hint, calendarId, since }: Finding,
  calendars: readonly CalendarReport[],
): string[] {
  const calendar = calendars.find(({ id }) => id === calendarId);
  const where = calendar === undefined ? '' : ` [${calendar.name}]`;
  const from = since === undefined ? '' : ` (since ${since.toISOString()})`;
  return [`  ${severity} ${code}${where}: ${message}${from}`, `      ${hint}`];
}

function factLines({ credential, sync }: Diagnosis): string[] {
  const { state, expiresAt, refreshExpiresAt, authorizedAt, version, scopes, missingScopes } = credential;
  return [
    `Credential: ${state.replaceAll('_', ' ')}, version ${version}; the access token runs out at ${timeOf(expiresAt)}; ` +
      `authorized ${timeOf(authorizedAt)}; the permission ends ${timeOf(refreshExpiresAt)}`,
    `Scopes: ${scopes.join(' ')}${missingScopes.length > 0 ? `; missing: ${missingScopes.join(' ')}` : ''}`,
    `Last sync ${timeOf(sync.lastSyncedAt)}; next attempt ${timeOf(sync.nextAttemptAt)}; failures in a row: ${sync.consecutiveFailures}`,
    `Job on the queue: ${sync.queueAnswers ? (sync.job?.state ?? 'none') : 'not known, Redis does not answer'}`,
    ...(sync.lastFailure === undefined
      ? []
      : [
          `Last failure ${timeOf(sync.lastFailure.at)}: ${sync.lastFailure.code}: ${sync.lastFailure.message}`,
        ]),
  ];
}

function calendarLines({
  id,
  name,
  primary,
  selected,
  lastSyncedAt,
  fullSyncAt,
  cursorAgeSeconds,
  unreadable,
  unreadableCount,
  hold,
  push,
}: CalendarReport): string[] {
  const kind = [primary ? 'primary' : '', selected ? '' : 'not selected'].filter(Boolean).join(', ');
  const cursor = cursorAgeSeconds === undefined ? 'none' : `${cursorAgeSeconds} s old`;
  const told = push.lastNotifiedAt === undefined ? '' : `, last notification ${timeOf(push.lastNotifiedAt)}`;
  return [
    `Calendar ${id} "${name}"${kind === '' ? '' : ` (${kind})`}`,
    `  last read ${timeOf(lastSyncedAt)}, whole ${timeOf(fullSyncAt)}; cursor: ${cursor}; push: ${push.state}${told}`,
    ...(hold === undefined
      ? []
      : [`  holds ${hold.removals} removals of ${hold.stored} since ${timeOf(hold.since)}`]),
    ...unreadable.map(({ providerEventId, reason }) => `  not readable: ${providerEventId}: ${reason}`),
    ...(unreadableCount > unreadable.length
      ? [`  not readable: ${unreadableCount - unreadable.length} more`]
      : []),
  ];
}

function timeOf(time: Date | undefined): string {
  return time === undefined ? 'not known' : time.toISOString();
}
