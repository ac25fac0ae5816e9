import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { Live } from '../compose.ts';

/** What scripts can branch on. */
export const exitStatus = {
  /** It was done, and there is nothing to say against it. */
  done: 0,
  /** It could not be done: a store is away, or there is no such record. */
  failed: 1,
  /** The command was not understood; nothing was done. */
  usage: 2,
  /** It was done, and what it found needs somebody's attention. */
  attention: 3,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** One command of the command line: a file of its own, and a row in main.ts. */
export interface Command {
  /** Behind its name: `<id> [--json]`. */
  readonly usage: string;
  /** One line for `help`. */
  readonly summary: string;
  run(context: CommandContext): Promise<ExitStatus>;
}

export interface CommandContext {
  readonly live: Live;
  /** What stands behind the command's name. */
  readonly args: readonly string[];
  /** A line on standard output. */
  readonly print: (line: string) => void;
}

/** The command was not understood. The message is for whoever typed it. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Throws `UsageError` for what is not declared. */
export function parse<const O extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: O,
  positionals: readonly string[] = [],
) {
  const parsed = parseKnown(args, options);
  if (parsed.positionals.length > positionals.length) {
    throw new UsageError(`"${printable(parsed.positionals[positionals.length] ?? '')}" is one too many`);
  }
  const missing = positionals[parsed.positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing} is missing`);
  return parsed;
}

function parseKnown<const O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** What came from outside cannot move the cursor or colour the terminal of whoever reads it. */
export function printable(text: string): string {
  return text.replace(/\p{C}+/gu, ' ');
}
