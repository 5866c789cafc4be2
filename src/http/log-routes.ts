import { Type } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import {
  entryBundle,
  latestCheckpoint,
  latestCosigned,
  parseTilePath,
  servedLeaves,
  servedTile,
} from "../audit/index.ts";
import { AssentError } from "../core/index.ts";
import type { App, HttpContext } from "./context.ts";
import { PROBLEMS } from "./problem.ts";

const SENT = { "2xx": Type.String(), ...PROBLEMS };

/** A new head comes about each second. */
const HEAD_SECONDS = 2;
const YEAR_SECONDS = 31_536_000;

/**
 * The transparency log for anybody (C2SP tlog-tiles): its signed head, and tiles with hashes and salted commitments, which
 * say nothing about anybody. Pages of other sites may read it: that is where somebody checks who does not trust us.
 */
export function logRoutes(app: App, { parts }: Pick<HttpContext, "parts">): void {
  /** The newest head; and the newest that a witness has signed, which is mostly older. */
  for (const [path, read] of [
    ["/log/checkpoint", latestCheckpoint],
    ["/log/cosigned", latestCosigned],
  ] as const) {
    app.get(path, { config: { sends: "file" }, schema: { response: SENT } }, async (_, reply) => {
      const head = await read(parts.db);
      if (!head) throw nothingHere();
      return forAnybody(reply, HEAD_SECONDS).type("text/plain; charset=utf-8").send(head.note);
    });
  }

  app.get(
    "/log/tile/*",
    { config: { sends: "file" }, schema: { params: Type.Object({ "*": Type.String() }), response: SENT } },
    async (request, reply) => {
      const bytes = await readTile(parts, `tile/${request.params["*"]}`);
      return forAnybody(reply, YEAR_SECONDS)
        .type("application/octet-stream")
        .send(Buffer.from(bytes) as never);
    },
  );
}

/** A tile never changes: one that was partial once stays at its address as it was. */
async function readTile({ db }: Pick<HttpContext["parts"], "db">, path: string): Promise<Uint8Array> {
  const wanted = parseTilePath(path);
  if (!wanted) throw nothingHere();
  const { level, index, width } = wanted;
  if (level === "entries") {
    const leaves = await servedLeaves(db, index, width);
    if (leaves) return entryBundle(leaves);
  } else {
    const tile = await servedTile(db, { level, index }, width);
    if (tile) return tile;
  }
  throw nothingHere();
}

function nothingHere(): AssentError {
  return new AssentError("not-found", "the log has nothing here");
}

/** May be kept that long, and read by pages of other sites. */
export function forAnybody(reply: FastifyReply, seconds: number): FastifyReply {
  return reply.headers({
    "cache-control": `public, max-age=${seconds}${seconds === YEAR_SECONDS ? ", immutable" : ""}`,
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
  });
}
