import { Type } from "@fastify/type-provider-typebox";
import { isSandbox } from "../flows/index.ts";
import type { App, HttpContext } from "./context.ts";
import { PROBLEMS } from "./problem.ts";

/** On each answer of a sandbox, so that no program takes it for the real one. */
const HEADER = "x-assent-sandbox";

const STYLE = `.assent-sandbox { margin: 0; padding: 0.5rem 1rem; text-align: center; font: 700 1rem/1.4 sans-serif;
background: #5b3a00; color: #fff; }
@media print { .assent-sandbox { color: #000; background: none; border-bottom: 1px solid #000; } }
`;
const BANNER =
  '<aside class="assent-sandbox" aria-label="Sandbox"><span lang="fr">Bac à sable : des personnes inventées, rien de réel.</span> · ' +
  '<span lang="en">Sandbox: made-up people, nothing real.</span></aside>';

/** In a sandbox each answer says so in its header, and each page at its top. An instance is one from its first start on, or never. */
export async function sandboxMarks(app: App, { parts }: Pick<HttpContext, "parts">): Promise<void> {
  if (!(await isSandbox(parts.db))) return;
  app.addHook("onRequest", async (_, reply) => void reply.header(HEADER, "true"));
  app.addHook("onSend", async (_, reply, payload) => {
    const isPage = String(reply.getHeader("content-type") ?? "").startsWith("text/html");
    if (!isPage || typeof payload !== "string") return payload;
    reply.removeHeader("content-length");
    return payload
      .replace("</head>", '<link rel="stylesheet" href="/sandbox.css"></head>')
      .replace(/<body[^>]*>/, (body) => `${body}${BANNER}`);
  });
  app.get(
    "/sandbox.css",
    { config: { sends: "file" }, schema: { response: { "2xx": Type.String(), ...PROBLEMS } } },
    async (_, reply) => reply.type("text/css; charset=utf-8").send(STYLE),
  );
}
