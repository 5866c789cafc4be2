import { Type } from "@fastify/type-provider-typebox";
import { escapeHtml } from "../../flows/index.ts";
import type { App } from "../context.ts";
import { BASE } from "../contract/api.ts";
import { PROBLEMS } from "../problem.ts";
import { openApi, type DocumentedOperation, type OpenApi, type Schema } from "./openapi.ts";

const SENT = { "2xx": Type.String(), ...PROBLEMS };
/** The same until the next version is started. */
const KEPT = "public, max-age=300";

/** The interface to be read at /docs: a page without scripts, made here, so that it shows what this server answers. For anybody. */
export function docsRoutes(app: App): void {
  const document = openApi();
  const [page, json] = [docsPage(document), JSON.stringify(document)];
  const files = [
    ["/docs", "text/html", "text/html; charset=utf-8", page],
    ["/docs/style.css", "file", "text/css; charset=utf-8", STYLE],
    ["/docs/openapi.json", "file", "application/vnd.oai.openapi+json; charset=utf-8", json],
  ] as const;
  for (const [path, sends, type, text] of files) {
    app.get(path, { config: { sends }, schema: { response: SENT } }, async (_, reply) =>
      reply
        .header("cache-control", KEPT)
        .type(type)
        .send(Buffer.from(text) as never),
    );
  }
}

function docsPage(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = document.tags.map(({ name }) => ({
    name,
    its: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Interface for programs · Assent</title>
<link rel="stylesheet" href="/docs/style.css">
<body>
<a class="skip" href="#main">To the operations</a>
<header>
<h1>Interface for programs</h1>
<p>${code(document.info.description)}</p>
<p>Send the key in a header: <code>authorization: Bearer assent_…</code>. Every path begins with <code>${BASE}</code>.
The same as an OpenAPI document: <a href="/docs/openapi.json">openapi.json</a>.</p>
</header>
<nav aria-label="Operations">${groups
    .map(
      ({ name, its }) =>
        `<h2>${escapeHtml(name)}</h2><ul>${its
          .map(({ operation: { operationId: id } }) => `<li><a href="#${id}">${id}</a></li>`)
          .join("")}</ul>`,
    )
    .join("")}</nav>
<main id="main" tabindex="-1">
${operations.map((one) => section(one.method, one.path, one.operation)).join("\n")}
<h2>Shapes</h2>
${Object.entries(document.components.schemas)
  .map(
    ([name, schema]) =>
      `<section><h3 id="shape-${name}">${name}</h3>${fields(schema, `${name}, a shape`)}</section>`,
  )
  .join("\n")}
</main>
</body>
</html>
`;
}

function section(method: string, path: string, operation: DocumentedOperation): string {
  const { operationId: id, summary, description, parameters = [], requestBody, responses } = operation;
  const answer = responses["200"]?.content;
  const bytes = answer?.["image/jpeg"] !== undefined;
  const file = requestBody?.content["application/octet-stream"] !== undefined;
  const rows = parameters.map(({ name, in: where, required, description: says, schema }) =>
    row(name, required, `${typeOf(schema)}, in the ${where}`, says),
  );
  return `<section aria-labelledby="${id}">
<h2 id="${id}">${id}</h2>
<p class="address"><b>${method}</b> <code>${escapeHtml(path)}</code></p>
<p>${code(summary)} ${code(description)}</p>
${rows.length === 0 ? "" : `<h3>Asked</h3>${table(rows, `${id}, asked`)}`}
${requestBody ? `<h3>Sent</h3>${file ? "<p>The bytes of a file.</p>" : fields(schemaIn(requestBody.content), `${id}, sent`)}` : ""}
${answer ? `<h3>Answered</h3>${bytes ? "<p>A JPEG.</p>" : fields(schemaIn(answer), `${id}, answered`)}` : "<h3>Answered</h3><p>204, without a body.</p>"}
</section>`;
}

function schemaIn(content: Readonly<Record<string, { readonly schema: Schema }>>): Schema {
  return Object.values(content)[0]?.schema ?? {};
}

function fields(schema: Schema, label: string): string {
  const { properties, required = [] } = schema as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  if (properties === undefined) return `<p>${typeOf(schema)}</p>`;
  return table(
    Object.entries(properties).map(([name, one]) =>
      row(name, required.includes(name), typeOf(one), describedIn(one)),
    ),
    label,
  );
}

/** `label` tells the tables of the page apart for who hears it. */
function table(rows: readonly string[], label: string): string {
  return `<div class="wide" role="region" aria-label="${escapeHtml(label)}" tabindex="0"><table><thead><tr><th scope="col">Name</th><th scope="col">Is</th><th scope="col">Says</th></tr></thead>
<tbody>${rows.join("\n")}</tbody></table></div>`;
}

function row(name: string, required: boolean, type: string, says: string | undefined): string {
  const left = required ? "" : " <i>may be left out</i>";
  return `<tr><th scope="row"><code>${escapeHtml(name)}</code>${left}</th><td>${type}</td><td>${says === undefined ? "" : code(says)}</td></tr>`;
}

function describedIn(schema: Schema): string | undefined {
  if (typeof schema["description"] === "string") return schema["description"];
  const either = schema["anyOf"] as readonly Schema[] | undefined;
  return either?.map(describedIn).find((text) => text !== undefined);
}

/** In words, with links to named shapes. */
function typeOf(schema: Schema): string {
  const { $ref, type, items, anyOf, enum: words, format, properties } = schema;
  if (typeof $ref === "string") {
    const name = $ref.split("/").at(-1) ?? "";
    return `<a href="#shape-${name}">${name}</a>`;
  }
  if (Array.isArray(words))
    return words.map((word) => `<code>${escapeHtml(String(word))}</code>`).join(" or ");
  if (Array.isArray(anyOf)) return (anyOf as Schema[]).map(typeOf).join(" or ");
  if (type === "array") {
    return Array.isArray(items) ? `${items.length} numbers` : `list of ${typeOf((items ?? {}) as Schema)}`;
  }
  if (type === "object" && typeof properties === "object") {
    const inner = Object.entries(properties as Record<string, Schema>);
    return `{ ${inner.map(([name, one]) => `<code>${escapeHtml(name)}</code>: ${typeOf(one)}`).join(", ")} }`;
  }
  const word = [format, type].find((one) => typeof one === "string");
  return escapeHtml(word ?? "anything");
}

/** Text in which what stands between backticks is code. */
function code(text: string): string {
  return escapeHtml(text)
    .split("&#96;")
    .join("`")
    .replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

const STYLE = `:root { color-scheme: light dark; --paper: #f8f4ec; --ink: #23201b; --act: #0d5a4e; --line: #ddd5c4; --card: #fffdf7; }
@media (prefers-color-scheme: dark) { :root { --paper: #161412; --ink: #f1ece2; --act: #84d2c3; --line: #3a352e; --card: #1f1c19; } }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 "Atkinson Hyperlegible", system-ui, sans-serif; }
a { color: var(--act); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; } .skip:focus { position: static; }
h1, h2, h3 { line-height: 1.25; } h2 { margin-top: 2.5rem; } h3 { margin: 1.25rem 0 0.5rem; font-size: 1.0625rem; }
nav { columns: 3 14rem; border-block: 1px solid var(--line); padding-block: 0.5rem 1rem; }
nav h2 { margin: 0.75rem 0 0.25rem; font-size: 1rem; break-after: avoid; } nav ul { margin: 0; padding: 0; list-style: none; }
nav li a { display: inline-block; padding-block: 0.25rem; }
code { font-size: 0.95em; overflow-wrap: anywhere; }
.address { border: 1px solid var(--line); border-radius: 10px; background: var(--card); padding: 0.5rem 0.75rem; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.95rem; }
th, td { text-align: start; vertical-align: top; padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { font-weight: 700; }
p { max-width: 65ch; }
`;
