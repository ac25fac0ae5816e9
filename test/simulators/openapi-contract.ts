import { readFileSync } from 'node:fs';

import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

import type { Contract, Exchange } from './contract.ts';
import { selectedMembers } from './selected-members.ts';
import { createUnknownPropertyFinder, type OpenApiSchema } from './unknown-properties.ts';

interface OpenApiDocument {
  servers: { url: string }[];
  paths: Record<string, OpenApiPath>;
  components: {
    schemas: Record<string, OpenApiSchema>;
    parameters?: Record<string, OpenApiParameter>;
    responses?: Record<string, OpenApiContent>;
  };
}

type OpenApiPath = { parameters?: OpenApiParameter[] } & Record<string, OpenApiOperation>;

interface OpenApiOperation {
  parameters?: (OpenApiParameter | { $ref: string })[];
  requestBody?: OpenApiContent & { required?: boolean };
  responses: Record<string, OpenApiContent | { $ref: string }>;
}

interface OpenApiParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: OpenApiSchema;
}

interface OpenApiContent {
  content?: Record<string, { schema: OpenApiSchema }>;
}

interface Operation {
  definition: OpenApiOperation;
  query: OpenApiParameter[];
}

interface Route {
  path: RegExp;
  operations: Record<string, Operation>;
}

type FindUnknown = ReturnType<typeof createUnknownPropertyFinder>;
type Validate = (schema: OpenApiSchema, value: unknown, side: 'request' | 'answer') => string[];

/** Checks exchanges under the path of the document's first server; an unknown operation there is a finding. */
export function createOpenApiContract(file: string): Contract {
  const document = JSON.parse(readFileSync(file, 'utf8')) as OpenApiDocument;
  const base = new URL(document.servers[0]?.url ?? 'http://localhost/').pathname.replace(/\/$/, '');
  const routes = Object.entries(document.paths).map(([path, item]) => toRoute(document, base + path, item));
  const findUnknown = createUnknownPropertyFinder(document.components.schemas);
  const validate = compileSchemas(document, findUnknown);

  return {
    check: (exchange) => {
      if (!exchange.path.startsWith(`${base}/`)) return [];
      const method = exchange.method.toLowerCase();
      const operation = routes.find(({ path, operations }) => path.test(exchange.path) && operations[method])
        ?.operations[method];
      if (!operation) return ['no such operation in the contract'];
      return [
        ...checkQuery(operation, exchange.query, validate),
        ...checkSelection(schemaOfSuccess(document, operation.definition), exchange.query, findUnknown),
        ...checkRequestBody(operation.definition, exchange, validate),
        ...checkAnswer(document, operation.definition, exchange, validate),
      ];
    },
  };
}

function toRoute(document: OpenApiDocument, path: string, item: OpenApiPath): Route {
  // Graph takes function segments with or without their parentheses.
  const source = path
    .replace(/[.$]/g, String.raw`\$&`)
    .replace(/\{[^}]+\}/g, '[^/]+')
    .replace('()', String.raw`(\(\))?`);
  const { parameters: shared = [], ...definitions } = item;
  const operations = Object.entries(definitions).map(([method, definition]) => {
    const parameters = [...shared, ...(definition.parameters ?? [])].map((entry) =>
      resolveParameter(document, entry),
    );
    return [method, { definition, query: parameters.filter((parameter) => parameter.in === 'query') }];
  });
  return { path: new RegExp(`^${source}$`), operations: Object.fromEntries(operations) };
}

function resolveParameter(
  document: OpenApiDocument,
  entry: OpenApiParameter | { $ref: string },
): OpenApiParameter {
  if (!('$ref' in entry)) return entry;
  const found = document.components.parameters?.[lastSegment(entry.$ref)];
  if (!found) throw new Error(`the contract names a parameter that it does not hold: ${entry.$ref}`);
  return found;
}

function checkQuery({ query }: Operation, given: URLSearchParams, validate: Validate): string[] {
  const findings = [...given].flatMap(([name, value]) => {
    const parameter = query.find((candidate) => candidate.name === name);
    if (!parameter) return [`unknown query parameter ${name}`];
    return validate(parameter.schema, fromText(parameter.schema, value), 'request').map(
      (finding) => `query parameter ${name}: ${finding}`,
    );
  });
  // A follow-up call carries the opaque token in place of the parameters that the token stands for.
  const isFollowUp = given.has('$deltatoken') || given.has('$skiptoken');
  const missing = query.filter(({ name, required }) => required && !isFollowUp && !given.has(name));
  return [...findings, ...missing.map(({ name }) => `query parameter ${name} is missing`)];
}

/** Graph answers 400 to a name in `$select` or `$expand` that is no property of what is asked for. */
function checkSelection(
  schema: OpenApiSchema | undefined,
  query: URLSearchParams,
  findUnknown: FindUnknown,
): string[] {
  if (!schema) return [];
  const isCollection = findUnknown(schema, { value: [] }).length === 0;
  const members = selectedMembers(query);
  return findUnknown(schema, isCollection ? { value: [members] } : members).map(
    (path) => `$select or $expand names ${path.replace(/^\/(value\/\*\/)?/, '')}, which is no property`,
  );
}

function schemaOfSuccess(
  document: OpenApiDocument,
  { responses }: OpenApiOperation,
): OpenApiSchema | undefined {
  const stated = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1];
  return stated && answerOf(document, stated)?.content?.['application/json']?.schema;
}

function answerOf(
  document: OpenApiDocument,
  stated: OpenApiContent | { $ref: string },
): OpenApiContent | undefined {
  return '$ref' in stated ? document.components.responses?.[lastSegment(stated.$ref)] : stated;
}

function fromText(schema: OpenApiSchema, value: string): unknown {
  if (schema.type === 'array') return value.split(',');
  if (schema.type === 'integer' || schema.type === 'number')
    return value.trim() === '' ? value : Number(value);
  if (schema.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  return value;
}

function checkRequestBody(
  { requestBody }: OpenApiOperation,
  exchange: Exchange,
  validate: Validate,
): string[] {
  if (!requestBody) return exchange.requestBody === undefined ? [] : ['a body where the contract has none'];
  if (exchange.requestBody === undefined) return requestBody.required ? ['the body is missing'] : [];
  const schema = requestBody.content?.['application/json']?.schema;
  return schema ? validate(schema, exchange.requestBody, 'request') : [];
}

function checkAnswer(
  document: OpenApiDocument,
  { responses }: OpenApiOperation,
  { status, responseBody }: Exchange,
  validate: Validate,
): string[] {
  if (status === 0) return [];
  const stated = responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`];
  if (!stated) return [`the contract knows no answer ${status}`];
  const schema = answerOf(document, stated)?.content?.['application/json']?.schema;
  if (schema) return validate(schema, responseBody, 'answer');
  return responseBody === undefined ? [] : [`a body where the contract has none for ${status}`];
}

function compileSchemas(document: OpenApiDocument, findUnknown: FindUnknown): Validate {
  const ajv = new Ajv({ strict: false, allErrors: false });
  addFormats.default(ajv);
  // OData's Edm.TimeOfDay has no offset, unlike RFC 3339; the schemas state its pattern themselves.
  ajv.addFormat('time', true);
  ajv.addSchema({ $id: 'contract', components: document.components });
  const compiled = new Map<OpenApiSchema, ValidateFunction>();

  return (schema, value, side) => {
    const validator = compiled.get(schema) ?? ajv.compile(withAbsoluteReferences(schema));
    compiled.set(schema, validator);
    const errors = validator(value) ? [] : (validator.errors ?? []);
    return [
      ...errors.map(
        ({ instancePath, message, params }) =>
          // Positions differ from page to page and would make one finding a hundred.
          `${side}${instancePath.replace(/\/\d+/g, '/*')} ${message} ${JSON.stringify(params)}`,
      ),
      ...findUnknown(schema, value).map((path) => `${side}${path} is unknown to the contract`),
    ];
  };
}

function withAbsoluteReferences(schema: OpenApiSchema): object {
  const text = JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"contract#/');
  return JSON.parse(text) as object;
}

function lastSegment(reference: string): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}
