/** The parts of an OpenAPI 3.0 schema that are read here. */
export interface OpenApiSchema {
  $ref?: string;
  type?: string;
  properties?: Record<string, OpenApiSchema>;
  items?: OpenApiSchema;
  allOf?: OpenApiSchema[];
  anyOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
  additionalProperties?: boolean | OpenApiSchema;
  'x-ms-derived-types'?: { $ref: string }[];
}

/**
 * Graph's schemas allow extra members everywhere, so a schema validator finds no misspelt property. This compares
 * the keys of a value with the properties that its schema, its parents and its derived types name.
 * Gives the paths of unknown properties (positions in lists as `*`), each once. OData annotations are free.
 */
export function createUnknownPropertyFinder(schemas: Record<string, OpenApiSchema>) {
  const shapes = new Map<OpenApiSchema, Shape>();

  const shapeOf = (schema: OpenApiSchema): Shape => {
    const known = shapes.get(schema);
    if (known) return known;
    const shape: Shape = { properties: new Map(), items: [] };
    shapes.set(schema, shape);
    collect(schema, shape, new Set());
    return shape;
  };

  const collect = (schema: OpenApiSchema, shape: Shape, seen: Set<OpenApiSchema>): void => {
    if (seen.has(schema)) return;
    seen.add(schema);
    for (const [name, property] of Object.entries(schema.properties ?? {}))
      shape.properties.set(name, [...(shape.properties.get(name) ?? []), property]);
    if (schema.items) shape.items.push(schema.items);
    const named = [schema, ...(schema['x-ms-derived-types'] ?? [])].flatMap(({ $ref }) =>
      $ref ? [dereference($ref)] : [],
    );
    for (const part of [...named, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
      collect(part, shape, seen);
  };

  const dereference = (reference: string): OpenApiSchema => {
    const found = schemas[reference.slice(reference.lastIndexOf('/') + 1)];
    if (!found) throw new Error(`the contract names a schema that it does not hold: ${reference}`);
    return found;
  };

  const visit = (candidates: OpenApiSchema[], value: unknown, path: string, findings: Set<string>): void => {
    const alternatives = candidates.map(shapeOf);
    if (Array.isArray(value)) {
      const items = alternatives.flatMap((shape) => shape.items);
      for (const item of value) visit(items, item, `${path}/*`, findings);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const names = new Map(alternatives.flatMap((shape) => [...shape.properties]));
    const items = alternatives.flatMap((shape) => shape.items);
    // Members that are chosen of a list are those of its entries.
    if (names.size === 0 && items.length > 0) return visit(items, value, path, findings);
    // No named member at all: a free-form object.
    if (names.size === 0) return;
    for (const [name, member] of Object.entries(value)) {
      const schemasOfMember = alternatives.flatMap((shape) => shape.properties.get(name) ?? []);
      if (schemasOfMember.length > 0) visit(schemasOfMember, member, `${path}/${name}`, findings);
      else if (!name.includes('@')) findings.add(`${path}/${name}`);
    }
  };

  return (schema: OpenApiSchema, value: unknown): string[] => {
    const findings = new Set<string>();
    visit([schema], value, '', findings);
    return [...findings];
  };
}

interface Shape {
  /** Every schema that some part of the type gives for that member. */
  properties: Map<string, OpenApiSchema[]>;
  items: OpenApiSchema[];
}
