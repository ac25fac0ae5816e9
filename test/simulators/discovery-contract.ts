import { readFileSync } from 'node:fs';

import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

import type { Contract, Exchange } from './contract.ts';
import { ApiError } from './google/errors.ts';
import { parseFields, type Selection } from './google/partial-fields.ts';

/** The parts of a Discovery document that are read here. */
interface DiscoveryDocument {
  servicePath: string;
  parameters: Record<string, DiscoveryParameter>;
  schemas: Record<string, DiscoverySchema>;
  methods?: Record<string, DiscoveryMethod>;
  resources?: Record<string, DiscoveryResource>;
}

interface DiscoveryResource {
  methods?: Record<string, DiscoveryMethod>;
  resources?: Record<string, DiscoveryResource>;
}

interface DiscoveryMethod {
  id: string;
  httpMethod: string;
  path: string;
  parameters?: Record<string, DiscoveryParameter>;
  request?: { $ref: string };
  response?: { $ref: string };
}

interface DiscoveryParameter {
  type: string;
  location: 'path' | 'query';
  format?: string;
  enum?: string[];
  required?: boolean;
  repeated?: boolean;
  minimum?: string;
  maximum?: string;
}

interface DiscoverySchema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: string[];
  items?: DiscoverySchema;
  properties?: Record<string, DiscoverySchema>;
  additionalProperties?: DiscoverySchema;
}

interface Operation {
  method: DiscoveryMethod;
  path: RegExp;
  query: Record<string, DiscoveryParameter>;
}

const LOCAL_DATE_TIME = 'local-date-time';
/** Discovery's number formats that travel as JSON strings need no check beyond the type. */
const CHECKED_FORMATS = new Set(['date', 'date-time', 'int32', LOCAL_DATE_TIME]);
const ERROR_SCHEMA = { $ref: 'answers#/definitions/$error' };

/** Checks exchanges under the document's service path; an unknown operation there is a finding. */
export function createDiscoveryContract(file: string): Contract {
  const document = JSON.parse(readFileSync(file, 'utf8')) as DiscoveryDocument;
  const operations = listMethods(document).map((method) => toOperation(document, method));
  const validate = compileSchemas(document);
  // Without a service path of its own (OAuth2 v2) a document speaks only for the paths that it lists.
  const claims = (path: string) => document.servicePath !== '' && path.startsWith(`/${document.servicePath}`);

  return {
    check: (exchange) => {
      const operation = operations.find(
        ({ method, path }) => method.httpMethod === exchange.method && path.test(exchange.path),
      );
      if (!operation) return claims(exchange.path) ? ['no such operation in the contract'] : [];
      return [
        ...checkQuery(operation, exchange.query),
        ...checkFields(document, operation, exchange.query.get('fields')),
        ...checkRequestBody(operation, exchange, validate),
        ...checkAnswer(operation, exchange, validate),
      ];
    },
  };
}

function listMethods(resource: DiscoveryResource): DiscoveryMethod[] {
  const own = Object.values(resource.methods ?? {});
  return [...own, ...Object.values(resource.resources ?? {}).flatMap(listMethods)];
}

function toOperation(document: DiscoveryDocument, method: DiscoveryMethod): Operation {
  const source = `/${document.servicePath}${method.path}`.replace(/\{[^}]+\}/g, '[^/]+');
  const own = Object.entries(method.parameters ?? {}).filter(
    ([, parameter]) => parameter.location === 'query',
  );
  return {
    method,
    path: new RegExp(`^${source}$`),
    query: { ...document.parameters, ...Object.fromEntries(own) },
  };
}

function checkQuery({ query }: Operation, given: URLSearchParams): string[] {
  const findings = [...new Set(given.keys())].flatMap((name) => {
    const parameter = query[name];
    const values = given.getAll(name);
    if (!parameter) return [`unknown query parameter ${name}`];
    if (values.length > 1 && !parameter.repeated)
      return [`query parameter ${name} is given ${values.length} times`];
    return values
      .filter((value) => !fits(parameter, value))
      .map((value) => `query parameter ${name}=${value} does not fit`);
  });
  const missing = Object.entries(query).filter(([name, { required }]) => required && !given.has(name));
  return [...findings, ...missing.map(([name]) => `query parameter ${name} is missing`)];
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function fits(parameter: DiscoveryParameter, value: string): boolean {
  if (parameter.enum) return parameter.enum.includes(value);
  if (parameter.type === 'boolean') return value === 'true' || value === 'false';
  if (parameter.format === 'date-time') return DATE_TIME.test(value);
  if (parameter.type !== 'integer') return true;
  const { minimum = '-Infinity', maximum = 'Infinity' } = parameter;
  return /^-?\d+$/.test(value) && Number(value) >= Number(minimum) && Number(value) <= Number(maximum);
}

/** Google answers 400 to a name in `fields` that is no member of the answer. */
function checkFields({ schemas }: DiscoveryDocument, { method }: Operation, fields: string | null): string[] {
  const chosen = fields === null ? undefined : selectionIn(fields);
  if (!chosen || !method.response) return [];
  const unknown = (selection: Selection, schema: DiscoverySchema, path: string): string[] => {
    const { items, properties, additionalProperties } = schema.$ref ? (schemas[schema.$ref] ?? {}) : schema;
    if (items) return unknown(selection, items, path);
    return [...selection].flatMap(([name, inner]) => {
      const member = properties?.[name] ?? additionalProperties;
      if (member) return inner === true ? [] : unknown(inner, member, `${path}${name}/`);
      return name === '*' ? [] : [`fields names ${path}${name}, which is no member of the answer`];
    });
  };
  return unknown(chosen, method.response, '');
}

/** Undefined where it cannot be read: the routes refuse that themselves. */
function selectionIn(fields: string): Selection | undefined {
  try {
    return parseFields(fields);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

type Validate = (reference: string, value: unknown) => string[];

function checkRequestBody({ method }: Operation, exchange: Exchange, validate: Validate): string[] {
  if (method.request)
    return validate(`requests#/definitions/${method.request.$ref}`, exchange.requestBody ?? {});
  return exchange.requestBody === undefined ? [] : ['a body where the contract has none'];
}

function checkAnswer(
  { method }: Operation,
  { status, responseBody }: Exchange,
  validate: Validate,
): string[] {
  if (status === 0 || status === 304) return [];
  if (status >= 400)
    return [...validate(ERROR_SCHEMA.$ref, responseBody), ...checkErrorCode(status, responseBody)];
  if (!method.response)
    return responseBody === undefined ? [] : ['an answer body where the contract has none'];
  return validate(`answers#/definitions/${method.response.$ref}`, responseBody);
}

function checkErrorCode(status: number, body: unknown): string[] {
  const code = (body as { error?: { code?: unknown } } | undefined)?.error?.code;
  return code === status ? [] : [`answer: error.code ${String(code)} differs from the status ${status}`];
}

function compileSchemas(document: DiscoveryDocument): Validate {
  const ajv = new Ajv({ strict: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addFormat(LOCAL_DATE_TIME, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/);
  const names = Object.entries(document.schemas);
  const answers = Object.fromEntries(names.map(([name, schema]) => [name, toJsonSchema(schema, false)]));
  const requests = Object.fromEntries(
    names.map(([name, schema]) => [name, toJsonSchema(withLocalTimes(name, schema), true)]),
  );
  ajv.addSchema({ $id: 'answers', definitions: { ...answers, $error: errorEnvelope } });
  ajv.addSchema({ $id: 'requests', definitions: requests });
  const compiled = new Map<string, ValidateFunction>();

  return (reference, value) => {
    const validator = compiled.get(reference) ?? ajv.compile({ $ref: reference });
    compiled.set(reference, validator);
    if (validator(value)) return [];
    const side = reference.startsWith('requests') ? 'request' : 'answer';
    return (validator.errors ?? []).map(
      ({ instancePath, message, params }) =>
        // Positions differ from page to page and would make one finding a hundred.
        `${side}${instancePath.replace(/\/\d+/g, '/*')} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** What is sent may leave the offset out beside a `timeZone` (the description of `EventDateTime.dateTime`). */
function withLocalTimes(name: string, schema: DiscoverySchema): DiscoverySchema {
  if (name !== 'EventDateTime') return schema;
  const dateTime = { ...schema.properties?.['dateTime'], format: LOCAL_DATE_TIME };
  return { ...schema, properties: { ...schema.properties, dateTime } };
}

/**
 * Discovery's dialect as JSON Schema. Unknown properties are refused. In requests every property may also be null:
 * that is how Google's JSON clears a field.
 */
function toJsonSchema(schema: DiscoverySchema, nullable: boolean): object {
  if (schema.$ref) {
    const reference = { $ref: `#/definitions/${schema.$ref}` };
    return nullable ? { anyOf: [reference, { type: 'null' }] } : reference;
  }
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    name,
    toJsonSchema(property, nullable),
  ]);
  const additional = schema.additionalProperties;
  return {
    ...(schema.type && schema.type !== 'any' ? { type: nullable ? [schema.type, 'null'] : schema.type } : {}),
    ...(schema.format && CHECKED_FORMATS.has(schema.format) ? { format: schema.format } : {}),
    ...(schema.enum ? { enum: nullable ? [...schema.enum, null] : schema.enum } : {}),
    ...(schema.items ? { items: toJsonSchema(schema.items, false) } : {}),
    ...(schema.properties ? { properties: Object.fromEntries(properties) } : {}),
    ...(schema.type === 'object'
      ? { additionalProperties: additional ? toJsonSchema(additional, nullable) : false }
      : {}),
  };
}

/** The guide "Handle API errors"; the Discovery document does not describe it. */
const errorEnvelope = {
  type: 'object',
  required: ['error'],
  additionalProperties: false,
  properties: {
    error: {
      type: 'object',
      required: ['errors', 'code', 'message'],
      properties: {
        errors: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['domain', 'reason', 'message'],
            additionalProperties: false,
            properties: Object.fromEntries(
              ['domain', 'reason', 'message', 'locationType', 'location', 'extendedHelp'].map((name) => [
                name,
                { type: 'string' },
              ]),
            ),
          },
        },
        code: { type: 'integer' },
        message: { type: 'string' },
        status: { type: 'string' },
        details: { type: 'array' },
      },
    },
  },
};
