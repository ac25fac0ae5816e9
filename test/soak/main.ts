/**
 * `npm run soak -- --seed N --minutes M`: the model run of docs/testing.md, for as long as asked; with `--interviews` the
 * one of interviews, with `--availability` the comparison of slots. Prints what was done; ends with status 1, and with the command that repeats it, where something is
 * not as it should be.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopSignal } from '../../scripts/processes/stop-signal.ts';
import { soakAvailability } from './availability/run.ts';
import type { Difference } from './difference.ts';
import { soakInterviews } from './interviews/run.ts';
import { soak, SoakError, type SoakResult } from './run.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const shownAtMost = 20;

async function main(args: readonly string[]): Promise<void> {
  const { run, seed, minutes, outageSeconds } = readArguments(args);
  const { flag, subject, start } = runs[run];
  const command = `npm run soak -- ${flag}--seed ${seed} --minutes ${minutes} --outage-seconds ${outageSeconds}`;
  const stop = new AbortController();
  void stopSignal().then((signal) => stop.abort(new Error(signal)));
  const endsAt = Date.now() + minutes * 60_000;
  say(`Soak${subject} with seed ${seed}, for ${minutes} minutes. Starting …`);
  try {
    const goesOn = (): boolean => Date.now() < endsAt;
    const options = { seed, goesOn, stepsPerRound: 150, outageSeconds, say, signal: stop.signal };
    const result: SoakResult = await start(options);
    for (const line of result.tally.lines()) say(line);
    if (result.differences.length === 0)
      return say(`Seed ${seed}: no difference in ${result.rounds} rounds.`);
    report(result.differences);
    keep(seed, result);
  } catch (error) {
    if (stop.signal.aborted) say('Stopped.');
    else say(`Seed ${seed} failed: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof SoakError && !stop.signal.aborted) keep(seed, error);
  }
  process.exitCode = 1;
  if (!stop.signal.aborted) say(`Repeat it with: ${command}`);
}

const runs = {
  calendars: { flag: '', subject: '', start: soak },
  interviews: { flag: '--interviews ', subject: ' of interviews', start: soakInterviews },
  availability: { flag: '--availability ', subject: ' of availability', start: soakAvailability },
} as const;

interface Arguments {
  readonly run: keyof typeof runs;
  readonly seed: number;
  readonly minutes: number;
  readonly outageSeconds: number;
}

function readArguments(args: readonly string[]): Arguments {
  const options = {
    interviews: { type: 'boolean', default: false },
    availability: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '2' },
    'outage-seconds': { type: 'string', default: '10' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const [seed, minutes] = [Number(values.seed), Number(values.minutes)];
  const outageSeconds = Number(values['outage-seconds']);
  if (!Number.isInteger(seed) || !(minutes > 0) || !(outageSeconds >= 1 && outageSeconds <= 60)) {
    throw new Error(
      'usage: npm run soak -- [--interviews | --availability] --seed <whole number> --minutes <number> --outage-seconds <1 to 60>',
    );
  }
  const run = values.availability ? 'availability' : values.interviews ? 'interviews' : 'calendars';
  return { run, seed, minutes, outageSeconds };
}

function report(differences: readonly Difference[]): void {
  const fields = Object.entries(Object.groupBy(differences, ({ field }) => field));
  say(`Differences: ${fields.map(([field, found]) => `${field} ${found?.length}`).join(', ')}`);
  for (const { where, field, expected, stored } of differences.slice(0, shownAtMost)) {
    say(`${where}: ${field}\n   expected ${show(expected)}\n   stored   ${show(stored)}`);
  }
  if (differences.length > shownAtMost) say(`… and ${differences.length - shownAtMost} more.`);
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}

function keep(seed: number, { journal, logs }: Pick<SoakResult, 'journal' | 'logs'>): void {
  const folder = mkdtempSync(join(tmpdir(), `calendar-sync-soak-seed-${seed}-`));
  writeFileSync(join(folder, 'journal.txt'), `${journal.join('\n')}\n`);
  writeFileSync(join(folder, 'log.jsonl'), `${logs.join('\n')}\n`);
  say(`What was done and what the processes logged: ${folder}`);
}

await main(process.argv.slice(2));
