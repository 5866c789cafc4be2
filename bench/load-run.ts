import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "./command-line.ts";
import { visit, type VisitPlan, type Visits } from "./load-visits.ts";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const COLLECTION = "load";
const PASSWORD = "correct horse battery";
const SAMPLE_MS = 5_000;
/** Photos that are there before anybody looks. */
const FIRST = 12;

export interface LoadOrder {
  /** With ASSENT_DATA in it; DATABASE_URL where it is not the embedded server. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder of its own, to write the photos into. */
  readonly folder: string;
  /** JPEG files of which the photos are made. */
  readonly sources: readonly string[];
  readonly photos: number;
  readonly people: number;
  readonly editors: number;
  readonly think: VisitPlan["think"];
  /** After so many the import is stopped, where it has not ended. */
  readonly seconds: number;
}

export interface LoadResult extends Visits {
  /** Seconds during which pages were opened. */
  readonly seconds: number;
  readonly imported: { readonly photos: number; readonly finished: boolean };
  /**
   * Each five seconds: megabytes of memory in use (VmRSS) by `serve` and its processes, and by `import` and its own, and how many
   * processes of the whole machine wanted to run, mean of the last minute.
   */
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly at: number;
  readonly serve: number;
  readonly importing: number;
  readonly wanting: number;
}

/**
 * Serves an instance, lets people and editors open its pages while photos are imported by the command line, and answers what they
 * met. Server, import and visitors are processes of one machine; visitors come over http, each from an address of its own.
 */
export async function load(order: LoadOrder): Promise<LoadResult> {
  const { environment } = order;
  const first = join(order.folder, "first");
  const photos = join(order.folder, "photos");
  await fill(first, order.sources, FIRST, "first");
  await fill(photos, order.sources, order.photos, "photo");
  const serving = start(environment, ["serve", "--json"]);
  try {
    const { url: address, ownerLink } = (await serving.answer) as { url: string; ownerLink: string };
    const staff = staffDoor(address);
    const owner = await staff.makeOwner(ownerLink);
    const made = await staff.ask<{ id: string }>(owner, "/api/staff/collections", {
      name: COLLECTION,
      purpose: "photos that a load test opens",
      matching: "enrolled",
      channels: [{ name: "website", public: true }],
      retainUntil: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
      attestation: "composed for tests",
    });
    const editors: string[] = [];
    for (let n = 0; n < order.editors; n++) editors.push(await staff.makeEditor(owner, n));
    await runCommand(["import", first, "--collection", COLLECTION], environment);
    const people = await joinAll(address, order.people, environment);

    const importing = start(environment, ["import", photos, "--collection", COLLECTION, "--json"]);
    const ending = new AbortController();
    const began = performance.now();
    const since = (): number => (performance.now() - began) / 1000;
    const samples: Sample[] = [];
    const sampling = setInterval(() => {
      void Promise.all([memoryOf(serving.child), memoryOf(importing.child)]).then(([serve, of]) =>
        samples.push({ at: Math.round(since()), serve, importing: of, wanting: loadavg()[0] ?? 0 }),
      );
    }, SAMPLE_MS);
    const limit = setTimeout(() => importing.child.kill("SIGINT"), order.seconds * 1000);
    const ended = importing.ended.finally(() => ending.abort());
    const plan = { address, collection: made.id, people, editors, think: order.think };
    const visits = await visit(plan, ending.signal);
    const seconds = since();
    clearTimeout(limit);
    clearInterval(sampling);
    const status = await ended;
    const { photos: there } = await staff.get<{ photos: number }>(owner, `/api/staff/collections/${made.id}`);
    return {
      ...visits,
      seconds,
      imported: { photos: there - FIRST, finished: status === 0 },
      samples,
    };
  } finally {
    serving.child.kill("SIGINT");
    await serving.ended;
  }
}

/** Made from the sources in turn, each with a comment of its own, so that no two files have the same bytes. */
async function fill(folder: string, sources: readonly string[], photos: number, name: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const there = new Set(await readdir(folder));
  for (let n = 0; n < photos; n++) {
    const file = `${name}-${n}.jpg`;
    if (there.has(file)) continue;
    const bytes = await readFile(sources[n % sources.length] ?? "");
    const comment = Buffer.from(`${name} ${n}`);
    const header = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
    await writeFile(
      join(folder, file),
      Buffer.concat([bytes.subarray(0, 2), header, comment, bytes.subarray(2)]),
    );
  }
}

interface Started {
  readonly child: ChildProcess;
  /** The first value that it prints. */
  readonly answer: Promise<unknown>;
  readonly ended: Promise<number | null>;
}

function start(environment: Readonly<Record<string, string>>, args: readonly string[]): Started {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, complaints] = ["", ""];
  child.stderr.on("data", (part: Buffer) => (complaints += part.toString("utf8")));
  const ended = once(child, "exit").then(([code]) => code as number | null);
  const answer = new Promise<unknown>((resolve, reject) => {
    child.stdout.on("data", (part: Buffer) => {
      out += part.toString("utf8");
      try {
        resolve(JSON.parse(out));
      } catch {
        // Not all of it is there yet.
      }
    });
    void ended.then((code) =>
      reject(new Error(`assent ${args.join(" ")} ended with ${code}: ${complaints}`)),
    );
  });
  answer.catch(() => undefined);
  return { child, answer, ended };
}

function staffDoor(address: string) {
  let from = 0;
  const headers = () => ({
    "content-type": "application/json",
    "x-assent": "1",
    origin: address,
    "x-forwarded-for": `192.0.2.${(from++ % 250) + 1}`,
  });
  const send = async (path: string, body: object, cookie = ""): Promise<Response> => {
    const answer = await fetch(address + path, {
      method: "POST",
      headers: { ...headers(), ...(cookie === "" ? {} : { cookie }) },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const signIn = async (email: string): Promise<string> =>
    cookieOf(await send("/api/auth/sign-in/email", { email, password: PASSWORD }));
  const account = (name: string) => ({ name, email: `${name}@example.org`, password: PASSWORD });
  const ask = async <T>(cookie: string, path: string, body: object): Promise<T> =>
    (await (await send(path, body, cookie)).json()) as T;
  return {
    ask,
    async get<T>(cookie: string, path: string): Promise<T> {
      return (await (await fetch(address + path, { headers: { cookie } })).json()) as T;
    },
    async makeOwner(link: string): Promise<string> {
      await send("/api/staff/setup", { secret: secretOf(link), ...account("owner") });
      return signIn("owner@example.org");
    },
    async makeEditor(owner: string, n: number): Promise<string> {
      const order = { collection: null, role: "editor" };
      const { link } = await ask<{ link: string }>(owner, "/api/staff/accounts/invitations", order);
      await send("/api/staff/invitation", { secret: secretOf(link), ...account(`editor-${n}`) });
      return signIn(`editor-${n}@example.org`);
    },
  };
}

const secretOf = (link: string): string => link.split("#")[1] ?? "";

function cookieOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((one) => one.split(";")[0])
    .join("; ");
}

async function joinAll(
  address: string,
  people: number,
  environment: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const order = ["invite", "--collection", COLLECTION, "--count", String(people)];
  const { answer } = await runCommand(order, environment);
  const { invitations } = answer as { invitations: readonly { link: string }[] };
  const cookies: string[] = [];
  for (const [n, { link }] of invitations.entries()) {
    const joined = await fetch(`${address}/api/person/join`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-assent": "1",
        "x-forwarded-for": `203.0.113.${n + 1}`,
      },
      body: JSON.stringify({ invitation: secretOf(link), language: "en", declared: true, consents: [] }),
    });
    if (!joined.ok) throw new Error(`joining: ${joined.status} ${await joined.text()}`);
    cookies.push(cookieOf(joined));
  }
  return cookies;
}

/** Megabytes in use by a process and those that it started; 0 where /proc does not exist. */
async function memoryOf(child: ChildProcess): Promise<number> {
  const names = await readdir("/proc").catch(() => []);
  const stats = new Map<number, { parent: number; kb: number }>();
  for (const name of names.filter((entry) => /^\d+$/.test(entry))) {
    const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
    const [, parent = "0"] = /^PPid:\s+(\d+)/m.exec(status) ?? [];
    const [, kb = "0"] = /^VmRSS:\s+(\d+)/m.exec(status) ?? [];
    stats.set(Number(name), { parent: Number(parent), kb: Number(kb) });
  }
  let total = 0;
  for (const pid of stats.keys()) {
    for (let at: number | undefined = pid; at !== undefined && at > 0; at = stats.get(at)?.parent) {
      if (at !== child.pid) continue;
      total += stats.get(pid)?.kb ?? 0;
      break;
    }
  }
  return Math.round(total / 1024);
}
