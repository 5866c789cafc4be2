import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KEY_KINDS } from "../src/flows/index.ts";
import { json, runHere, start } from "./support/command-line.ts";
import { testDatabase, type TestDatabase } from "./support/database.ts";
import { environmentOf } from "./support/instance.ts";

let database: TestDatabase;
let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "assent-keys-"));
  const fast = { ASSENT_PROCESSES: "1", NODE_COMPILE_CACHE: join(folder, "compiled") };
  environment = { ...environmentOf({ database, folder }), ...fast };
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const ROTATE = ["keys", "rotate"] as const;
/** Each launch takes a second or two; on a busy machine several. */
const MINUTES = 180_000;

describe("the keys of an instance, on the command line", () => {
  test(
    "what is lost with which is told before the first are made, and before one is changed",
    async () => {
      const first = await runHere(environment, "keys", "list");
      expect(first.status).toBe(0);
      expect(first.complaints).toContain("This makes a new instance, with keys of its own.");
      for (const { kind, lost } of KEY_KINDS) {
        expect(first.complaints).toContain(`${kind}: `);
        expect(first.complaints).toContain(lost);
        expect(first.output).toContain(lost);
      }
      const refused = await runHere(environment, ...ROTATE, "transform");
      expect(refused.status).toBe(1);
      expect(refused.complaints).not.toContain("new instance");
      expect(refused.complaints).toContain("every template");
      expect(refused.complaints).toContain("earlier backups");
    },
    MINUTES,
  );

  test(
    "are changed while the server runs, which goes on with the new ones",
    async () => {
      const server = start(environment, "serve");
      try {
        await server.said("is up");
        for (const kind of ["key-encryption-key", "log"]) {
          const { status, answer } = await json(environment, ...ROTATE, kind, "--yes");
          expect(answer).toMatchObject({ kind, keys: 1, finished: true });
          expect(status).toBe(0);
        }
      } finally {
        process.kill(-(server.child.pid ?? 0), "SIGTERM");
      }
      const ended = await server.ended;
      // It has signed what the two commands left, or what it wrote itself at its end.
      expect(ended.complaints).not.toContain("not signed");
      expect(ended.status).toBe(0);
    },
    MINUTES,
  );

  test(
    "the key-encryption key moves from a file into the environment in two calls",
    async () => {
      const value = randomBytes(32).toString("base64");
      const rotate = [...ROTATE, "key-encryption-key", "--yes"];
      const prepared = await runHere({ ...environment, ASSENT_NEW_KEK: value }, ...rotate);
      expect(prepared.output).toContain("both open this instance now");
      const finishing = await runHere({ ...environment, ASSENT_KEK: value }, ...rotate);
      expect(finishing.complaints).toContain(
        "is under way, or was cut off: assent keys rotate key-encryption-key",
      );
      expect(finishing.output).toContain("1 new key-encryption-key key");
      const old = await runHere(environment, "keys", "list");
      expect(old.status).toBe(1);
      expect(old.complaints).toContain("does not open the key store");
      // What comes after opens it by the new one.
      environment = { ...environment, ASSENT_KEK: value };
    },
    MINUTES,
  );
});

describe("keys for programs, on the command line", () => {
  test(
    "one is shown once, listed with its state, and ended",
    async () => {
      const order = ["--name", "Website", "--scope", "see-collections", "--scope", "see-photos"];
      const until = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
      const make = ["api-key", "make", ...order, "--until", until];
      const { answer } = await json<{ id: string; key: string }>(environment, ...make);
      const { id, key } = answer;
      expect(key).toMatch(/^assent_[0-9a-f]{8}_[\w-]{43}$/);
      const wrong = await runHere(environment, ...make, "--scope", "publish");
      expect(wrong.status).toBe(1);
      expect(wrong.complaints).toContain("Scopes: see-collections,");
      const ended = await runHere(environment, "api-key", "revoke", id);
      expect(ended.output).toContain("The key has ended.");
      const list = await runHere(environment, "api-key", "list");
      expect(list.output).toMatch(new RegExp(`Website .*${key.slice(0, 15)}.*revoked.*a tester`));
      expect(list.output).not.toContain(key);
    },
    MINUTES,
  );
});
