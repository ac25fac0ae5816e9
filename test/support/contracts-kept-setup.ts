/** Loaded before each integration and journey test file: a broken contract fails the test that broke it, by its name. */
import { afterEach } from 'vitest';
import { assertContractsKept } from './contracts-kept.ts';

afterEach(() => assertContractsKept());
