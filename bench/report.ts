import type { Comparison, Summary } from './alternate.ts';
import type { Measurement } from './options.ts';

/** One line of the report: something of ours against its floor. */
export interface Row {
  readonly measurement: Measurement;
  readonly subject: string;
  readonly unit: 'ms' | 'µs';
  readonly floor: Summary;
  readonly ours: Summary;
  /** Of the medians. */
  readonly ratio: number;
  /** The same of the processor time of our process, without vendor and database. */
  readonly cpuRatio: number;
  readonly rounds: number;
  /** What else was counted, by name. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Milliseconds of the whole unless `operations` are given: then microseconds of each. */
export function rowOf(
  of: Pick<Row, 'measurement' | 'subject'>,
  comparison: Comparison,
  { counts = {}, operations }: { readonly counts?: Row['counts']; readonly operations?: number } = {},
): Row {
  const { floor, ours, ratio, cpuRatio, rounds } = comparison;
  const factor = operations === undefined ? 1 : 1000 / operations;
  return {
    ...of,
    unit: operations === undefined ? 'ms' : 'µs',
    floor: scaled(floor.wall, factor),
    ours: scaled(ours.wall, factor),
    ratio: rounded(ratio),
    cpuRatio: rounded(cpuRatio),
    rounds,
    counts,
  };
}

function scaled({ median, min, max }: Summary, factor: number): Summary {
  return { median: rounded(median * factor), min: rounded(min * factor), max: rounded(max * factor) };
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Median (fastest–slowest), the ratio of the medians, and below each line what else was counted. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['', 'floor', 'ours', 'ratio', 'CPU'];
  const cells = rows.map((row) => [
    `${row.measurement}: ${row.subject}`,
    timeCell(row.floor, row.unit),
    timeCell(row.ours, row.unit),
    `× ${row.ratio.toFixed(2)}`,
    `× ${row.cpuRatio.toFixed(2)}`,
  ]);
  const widths = head.map((_, column) =>
    Math.max(...[head, ...cells].map((line) => line[column]?.length ?? 0)),
  );
  const lineOf = (line: readonly string[]): string =>
    line.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ');
  const lines = rows.flatMap((row, index) => [lineOf(cells[index] ?? []), ...countLines(row)]);
  return [lineOf(head), ...lines].map((line) => line.trimEnd()).join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function timeCell({ median, min, max }: Summary, unit: Row['unit']): string {
  return `${number(median)} ${unit} (${number(min)}–${number(max)})`;
}

function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

function countLines({ counts }: Row): string[] {
  return Object.entries(counts).map(([name, value]) => `    ${name}: ${number(value)}`);
}
