import type { Context } from 'hono';
import type { z } from 'zod';

/** No body at all counts as an empty object. @throws ZodError */
export async function body<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.infer<Schema>> {
  const text = await c.req.text();
  return schema.parse(text === '' ? {} : JSON.parse(text));
}
