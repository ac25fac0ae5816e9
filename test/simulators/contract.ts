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
const spokenOut = new Set<string>();

/**
 * Google's Discovery documents (Calendar v3 and the identity API). `dir` defaults to `CONTRACTS_DIR`, else to
 * `shared/contracts` beside the project; an empty string switches the checks off. Undefined, and said aloud, where the
 * files are absent.
 */
export function googleContract(dir?: string): Contract | undefined {
  const files = DISCOVERY_FILES.map((name) => findContractFile(name, dir));
  if (!files.every((file) => file !== undefined)) return undefined;
  const contracts = files.map(createDiscoveryContract);
  return { check: (exchange) => contracts.flatMap((contract) => contract.check(exchange)) };
}

/** An OpenAPI 3.0 document such as the Graph subset, by its file name; `dir` and the answer as above. */
export function openApiContract(file: string, dir?: string): Contract | undefined {
  const path = findContractFile(file, dir);
  return path === undefined ? undefined : createOpenApiContract(path);
}

function findContractFile(name: string, dir = defaultContractsDir()): string | undefined {
  if (dir === '') return undefined;
  const file = resolve(dir, name);
  if (existsSync(file)) return file;
  if (!spokenOut.has(file))
    process.emitWarning(`no contract file ${file}: the simulators' exchanges go unchecked`);
  spokenOut.add(file);
  return undefined;
}

function defaultContractsDir(): string {
  return (
    process.env['CONTRACTS_DIR'] ?? fileURLToPath(new URL('../../../shared/contracts/', import.meta.url))
  );
}
