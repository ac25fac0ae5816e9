import type { OpenApiDocument } from './openapi.ts';

/** The part of JSON Schema that our own document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
  /** Of a parameter: path or query. */
  readonly place?: string;
}

/**
 * Follows a reference, and folds the parts of an `allOf` (a reference with its own description) into one; those of an
 * `anyOf` as well, of which no field is there always, and which may be of several types.
 */
export function resolve(document: OpenApiDocument, schema: Schema): Schema {
  if (schema.allOf !== undefined) {
    const { allOf, ...own } = schema;
    return Object.assign({}, ...allOf.map((part) => resolve(document, part)), own);
  }
  if (schema.anyOf !== undefined) {
    const { anyOf, ...own } = schema;
    const parts = anyOf.map((part) => resolve(document, part));
    const types = [...new Set(parts.flatMap(({ type = 'object' }) => type))];
    const properties: Readonly<Record<string, Schema>> = Object.assign(
      {},
      ...parts.map((part) => part.properties),
    );
    return { type: types, properties, ...own };
  }
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.split('/').at(-1) ?? '';
  const target = document.components?.schemas?.[name] as Schema | undefined;
  return { ...schema, ...(target === undefined ? {} : resolve(document, target)) };
}

/** All fields, those of nested objects with their path: `groups[].members[].userId`. */
export function fieldsOf(document: OpenApiDocument, schema: Schema, prefix = ''): Field[] {
  const { properties = {}, required = [], items, type } = resolve(document, schema);
  if (type === 'array' && items !== undefined) return fieldsOf(document, items, prefix);
  return Object.entries(properties).flatMap(([key, value]) => {
    const resolved = resolve(document, value);
    const name = prefix === '' ? key : `${prefix}.${key}`;
    const nested = resolved.type === 'array' ? `${name}[]` : name;
    return [
      {
        name,
        type: typeOf(document, resolved),
        description: describe(resolved),
        required: required.includes(key) && resolved.default === undefined,
      },
      ...fieldsOf(document, resolved, nested),
    ];
  });
}

function typeOf(document: OpenApiDocument, schema: Schema): string {
  if (schema.type === 'array' && schema.items !== undefined) {
    return `list of ${typeOf(document, resolve(document, schema.items))}`;
  }
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : String(schema.type ?? 'any');
  return schema.format === undefined ? type : `${type} (${schema.format})`;
}

function describe({ description = '', enum: values, default: standard }: Schema): string {
  const oneOf =
    values === undefined ? '' : `One of ${values.map((value) => `\`${String(value)}\``).join(', ')}.`;
  const otherwise = standard === undefined ? '' : `Default \`${JSON.stringify(standard)}\`.`;
  return [description, oneOf, otherwise].filter((part) => part !== '').join(' ');
}

/** A value as the schema wants it: its own example, else one put together from its parts. */
export function exampleOf(document: OpenApiDocument, schema: Schema): unknown {
  const {
    example,
    default: standard,
    const: constant,
    enum: values,
    type,
    properties = {},
    items,
  } = resolve(document, schema);
  const given = example ?? constant ?? values?.[0] ?? standard;
  if (given !== undefined) return given;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(properties).map(([key, value]) => [key, exampleOf(document, value)]),
      );
    case 'array':
      return items === undefined ? [] : [exampleOf(document, items)];
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return 0;
    default:
      return '…';
  }
}
