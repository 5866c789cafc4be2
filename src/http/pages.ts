import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Type } from "@fastify/type-provider-typebox";
import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import type { App, HttpContext } from "./context.ts";
import { galleryOrigins, isSandbox } from "../flows/index.ts";
import { PROBLEMS } from "./problem.ts";
import { allowFramesOf } from "./security-headers.ts";

/** Addresses whose page is the person's app; which page of it, the app reads from the address. */
const PERSON_PATHS = [
  "/",
  "/join",
  "/me",
  "/me/*",
  "/recover",
  "/address",
  "/verify",
  "/receipt",
  "/hide-me",
  "/gallery",
];
const STAFF_PATHS = ["/staff", "/staff/*"];

/** Names of files below assets/ hold a hash of their content: they never change. */
const ASSET_SECONDS = 31_536_000;

const SENT = { "2xx": Type.String(), "3xx": Type.Null(), ...PROBLEMS };

/** Serves the built pages, GET and HEAD only. The pages hold no data; they ask the interface for it. */
export async function addPages(
  app: App,
  { webFolder, parts }: Pick<HttpContext, "webFolder" | "parts">,
): Promise<void> {
  await app.register(fastifyStatic, {
    root: webFolder,
    serve: false,
    preCompressed: true,
    index: false,
    suppressWarning: true,
  });
  const marked = await isSandbox(parts.db);
  const send = async (reply: FastifyReply, file: string): Promise<FastifyReply> => {
    if (!existsSync(join(webFolder, file))) return notBuilt(reply);
    // As text, for the mark to be written into it (sandbox.ts).
    if (marked) {
      cached(reply, "no-cache");
      return reply.type("text/html; charset=utf-8").send(await readFile(join(webFolder, file), "utf8"));
    }
    return reply.sendFile(file, webFolder, cached(reply, "no-cache"));
  };
  const page = (paths: readonly string[], file: string): void => {
    for (const path of paths) {
      app.get(path, { config: { sends: "text/html" }, schema: { response: SENT } }, async (_, reply) =>
        send(reply, file),
      );
    }
  };
  page(PERSON_PATHS, "person/index.html");
  page(STAFF_PATHS, "staff/index.html");
  // The one page that others may hold in a frame: those whom its owner named, and nobody else.
  app.get(
    "/gallery/embed/:link",
    {
      config: { sends: "text/html" },
      schema: { params: Type.Object({ link: Type.String({ format: "uuid" }) }), response: SENT },
    },
    async (request, reply) => {
      allowFramesOf(reply, await galleryOrigins(parts, request.params.link));
      return send(reply, "person/index.html");
    },
  );
  app.get(
    "/assets/*",
    { config: { sends: "file" }, schema: { params: Type.Object({ "*": Type.String() }), response: SENT } },
    async (request, reply) =>
      reply.sendFile(
        request.params["*"],
        join(webFolder, "assets"),
        cached(reply, `public, max-age=${ASSET_SECONDS}, immutable`),
      ),
  );
  app.get("/robots.txt", { config: { sends: "file" }, schema: { response: SENT } }, async (_, reply) => {
    cached(reply, "public, max-age=86400");
    return reply.type("text/plain; charset=utf-8").send("User-agent: *\nDisallow: /\n");
  });
}

/** Says how long a file may be kept, and that the sender of files need not say it. */
function cached(reply: FastifyReply, how: string): { cacheControl: false } {
  reply.header("cache-control", how);
  return { cacheControl: false };
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The pages are not built</title>
<h1>The pages are not built</h1>
<p>Run <code>npm run build</code> in the folder of Assent, and load this page again.</p>
</html>
`;

function notBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).type("text/html; charset=utf-8").send(NOT_BUILT);
}
