import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { createDiscoveryContract } from './discovery-contract.ts';
import { createOpenApiContract } from './openapi-contract.ts';

/** One request and its answer. `status` 0 means that there is no answer to judge. */
export interface Exchange {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Parsed JSON; undefined for no body. */
  requestBody: unknown;
  status: number;
  responseBody: unknown;
}

export interface Contract {
  /** What does not fit, one sentence each; nothing for paths that are not the contract's business. */
  check(exchange: Exchange): string[];
}

const DISCOVERY_FILES = ['google-calendar-v3.discovery.json', 'google-oauth2-v2.discovery.json'];
const GRAPH_FILE = 'microsoft-graph-calendar.openapi.json';
const besideProject = fileURLToPath(new URL('../../../shared/contracts/', import.meta.url));
const spokenOut = new Set<string>();

/**
 * Google's Discovery documents (Calendar v3 and the identity API). `dir` defaults to `CONTRACTS_DIR`, else to
 * `shared/contracts` beside the project; an empty string switches the checks off. Undefined, and said aloud, where there
 * are no contracts beside the project. @throws Error for a file that is missing elsewhere: see `findContractFile`.
 */
export function googleContract(dir?: string): Contract | undefined {
  const files = DISCOVERY_FILES.map((name) => findContractFile(name, dir));
  if (!files.every((file) => file !== undefined)) return undefined;
  const contracts = files.map((file) => readOnce(file, createDiscoveryContract));
  return { check: (exchange) => contracts.flatMap((contract) => contract.check(exchange)) };
}

/** The Graph subset, an OpenAPI 3.0 document; `dir` and the answer as above. */
export function graphContract(dir?: string): Contract | undefined {
  const file = findContractFile(GRAPH_FILE, dir);
  return file === undefined ? undefined : readOnce(file, createOpenApiContract);
}

const known = new Map<string, Contract>();

/** The simulators of one process share a contract: its schemas are compiled when they are first needed, and that takes long. */
function readOnce(file: string, read: (file: string) => Contract): Contract {
  const contract = known.get(file) ?? read(file);
  known.set(file, contract);
  return contract;
}

/**
 * Whoever clones the project alone has no contracts, and goes without. But a folder that was named has to hold all of
 * them, and so has the one beside the project once it holds any: otherwise a lost file would look like a kept contract.
 * @throws Error where that is not so.
 */
export function findContractFile(
  name: string,
  dir: string | undefined = process.env['CONTRACTS_DIR'],
  beside = besideProject,
): string | undefined {
  if (dir === '') return undefined;
  const file = resolve(dir ?? beside, name);
  if (existsSync(file)) return file;
  const isExpected = dir !== undefined || holdsContracts(beside);
  if (isExpected)
    throw new Error(`no contract file ${file}, which the simulators' exchanges are held against`);
  if (!spokenOut.has(file))
    process.emitWarning(`no contract file ${file}: the simulators' exchanges go unchecked`);
  spokenOut.add(file);
  return undefined;
}

/** Why this run holds nothing against the providers' contracts; undefined where it does. */
export function whyUnchecked(
  dir: string | undefined = process.env['CONTRACTS_DIR'],
  beside = besideProject,
): string | undefined {
  if (dir === '') return 'CONTRACTS_DIR is empty';
  return dir !== undefined || holdsContracts(beside) ? undefined : `they are not in ${beside}`;
}

function holdsContracts(dir: string): boolean {
  return [...DISCOVERY_FILES, GRAPH_FILE].some((name) => existsSync(resolve(dir, name)));
}
