import { html, raw } from 'hono/html';
import { docsStyle } from './docs-style.ts';
import { exampleOf, fieldsOf, resolve, type Field, type Schema } from './docs-schema.ts';
import type { OpenApiDocument } from './openapi.ts';
import { problemTable } from './problem.ts';

type Html = ReturnType<typeof html>;

/** The parts of an OpenAPI operation that the page shows; the document is our own, so nothing else occurs in it. */
interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body & { readonly description: string }>>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

/** The policy of the page names the hash of what is between the tags, so no formatter may touch it. */
const styleElement = `<style>${docsStyle}</style>`;

/** The document as one readable page. Pure; all text is escaped by the template. */
export function renderDocs(document: OpenApiDocument): Html {
  const operations = operationsOf(document);
  const [lead = '', ...rest] = (document.info.description ?? '').split('\n\n');
  const groups = (document.tags ?? []).map((tag) => ({
    ...tag,
    operations: operations.filter(({ tags }) => tags.includes(tag.name)),
  }));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${document.info.title}: HTTP API</title>
        ${raw(styleElement)}
      </head>
      <body>
        <div class="layout">
          <nav aria-label="Operations">
            ${groups.map(
              (group) =>
                html`<strong>${group.name}</strong>
                  <ul>
                    ${group.operations.map((o) => html`<li><a href="#${o.operationId}">${o.summary}</a></li>`)}
                  </ul>`,
            )}
            <strong>Reference</strong>
            <ul>
              <li><a href="#problems">Errors</a></li>
              <li><a href="/openapi.json">openapi.json</a></li>
            </ul>
          </nav>
          <main>
            <h1>${document.info.title}</h1>
            <p class="lead">${lead}</p>
            ${prose(rest.join(' '))}
            <p>
              Calls under <code>/v1</code> and <code>/metrics</code> need
              <code>Authorization: Bearer &lt;key&gt;</code> with one of the keys in
              <code>INTAKE_API_KEYS</code>. The contract for machines is
              <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).
            </p>
            ${groups.map(
              (group) =>
                html`<section>
                  <h2>${group.name}</h2>
                  ${prose(group.description ?? '')}
                  ${group.operations.map((o) => operationSection(document, o))}
                </section>`,
            )}
            ${problemSection()}
          </main>
        </div>
      </body>
    </html>`;
}

function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => ({
      ...(operation as Omit<Operation, 'method' | 'path'>),
      method,
      path,
    })),
  );
}

function operationSection(document: OpenApiDocument, operation: Operation): Html {
  const { method, path, operationId, summary, description, parameters = [], requestBody } = operation;
  const bodySchema = requestBody?.content?.['application/json']?.schema;
  const given: Field[] = parameters.map(({ name, in: place, required = false, schema }) => ({
    ...fieldOfParameter(document, schema),
    name,
    place,
    required,
  }));
  return html`<article id="${operationId}">
    <h3>${summary}</h3>
    <p class="call">
      <span class="method ${method}">${method.toUpperCase()}</span><code>${path}</code>
      <span class="tag">${operation.security === undefined ? 'no API key needed' : ''}</span>
    </p>
    ${prose(description)} ${given.length > 0 ? fieldTable('Parameters', given) : ''}
    ${bodySchema === undefined ? '' : fieldTable('Body', fieldsOf(document, bodySchema))}
    <h4>Example</h4>
    <pre><code>${curlOf(document, operation)}</code></pre>
    ${answers(document, operation)}
  </article>`;
}

function fieldOfParameter(document: OpenApiDocument, schema: Schema): Omit<Field, 'name' | 'required'> {
  const [field] = fieldsOf(document, { type: 'object', properties: { value: schema } });
  return field ?? { type: '', description: '' };
}

function fieldTable(title: string, fields: readonly Field[]): Html {
  return html`<h4>${title}</h4>
    <div class="scroll">
      <table>
        <tr>
          <th>Name</th>
          <th>Kind</th>
          <th>Meaning</th>
        </tr>
        ${fields.map(
          (field) =>
            html`<tr>
              <td>
                <code>${field.name}</code>${field.required ? html`<span class="need">required</span>` : ''}
              </td>
              <td>${field.place === undefined ? '' : `${field.place}, `}${field.type}</td>
              <td>${inline(field.description)}</td>
            </tr>`,
        )}
      </table>
    </div>`;
}

function answers(document: OpenApiDocument, { responses }: Operation): Html {
  const statuses = Object.entries(responses);
  const good = statuses.filter(([, answer]) => answer.content?.['application/json'] !== undefined);
  return html`${good.map(([status, answer]) => {
      const schema = answer.content?.['application/json']?.schema ?? {};
      return html`<h4>Answer ${status}</h4>
        ${prose(answer.description)}
        <pre><code>${JSON.stringify(exampleOf(document, schema), null, 2)}</code></pre>
        <details>
          <summary>Fields of the answer</summary>
          ${fieldTable('', fieldsOf(document, schema))}
        </details>`;
    })}
    <details>
      <summary>All answers</summary>
      <div class="scroll">
        <table>
          <tr>
            <th>Status</th>
            <th>Meaning</th>
          </tr>
          ${statuses.map(
            ([status, answer]) =>
              html`<tr>
                <td>${status}</td>
                <td>${inline(answer.description)}</td>
              </tr>`,
          )}
        </table>
      </div>
    </details>`;
}

function curlOf(document: OpenApiDocument, operation: Operation): string {
  const { method, parameters = [], requestBody, security } = operation;
  const example = ({ schema }: Parameter) => encodeURIComponent(String(exampleOf(document, schema)));
  const named = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const parameter = named.get(name);
    return parameter === undefined ? whole : example(parameter);
  });
  const query = parameters
    .filter(({ in: place, required }) => place === 'query' && required === true)
    .map((parameter) => `${parameter.name}=${example(parameter)}`);
  const url = `http://localhost:4000${path}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  const body = requestBody?.content?.['application/json']?.schema;
  return [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} '${url}'`,
    ...(security === undefined ? [] : ['-H "Authorization: Bearer $API_KEY"']),
    ...(body === undefined
      ? []
      : [
          `-H 'Content-Type: application/json'`,
          `-d '${JSON.stringify(exampleOf(document, resolve(document, body)))}'`,
        ]),
  ].join(' \\\n  ');
}

function problemSection(): Html {
  return html`<section>
    <h2 id="problems">Errors</h2>
    <p>
      Problem details (RFC 9457) as <code>application/problem+json</code>. Branch on <code>code</code>;
      <code>hint</code> says what to do.
    </p>
    <div class="scroll">
      <table>
        <tr>
          <th>Code</th>
          <th>Status</th>
          <th>Meaning</th>
        </tr>
        ${Object.entries(problemTable).map(
          ([code, { status, title, hint }]) =>
            html`<tr id="problem-${code}">
              <td><code>${code}</code></td>
              <td>${status}</td>
              <td>${title}. ${inline(hint)}</td>
            </tr>`,
        )}
      </table>
    </div>
  </section>`;
}

function prose(text: string): Html | string {
  return text === '' ? '' : html`<p>${inline(text)}</p>`;
}

/** The two marks of our own descriptions: `code` and **strong**. */
function inline(text: string): (Html | string)[] {
  return text.split(/(`[^`]+`|\*\*.+?\*\*)/).map((part) => {
    if (part.startsWith('`') && part.length > 1) return html`<code>${part.slice(1, -1)}</code>`;
    if (part.startsWith('**')) return html`<strong>${inline(part.slice(2, -2))}</strong>`;
    return part;
  });
}
