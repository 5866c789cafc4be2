import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inTransaction } from "../src/db/index.ts";
import { createCollection, importFolder } from "../src/flows/index.ts";
import { createLog, createServer } from "../src/http/index.ts";
import type { FrameAnswer } from "../src/http/contract/person.ts";
import { createInvitation } from "../src/people/index.ts";
import { readPicture } from "../src/pictures/index.ts";
import type { Prompt, VisionPool } from "../src/vision/index.ts";
import { photographed, seededRandom, subject } from "../test/support/liveness-clips.ts";
import { everybody, event, selfieOf } from "./datasets.ts";
import { describeMachine, markdownTable, writeResult } from "./results.ts";
import { openThrowAway } from "./throw-away.ts";

const METHOD = [
  "A collection of composed photos of 2048 x 1365 pixels, imported before; once the composed ones run out, the same pictures again as other files. Nobody is enrolled at first.",
  "The real server in this process with its vision processes beside it; joiners speak to it over http as the page does, without a browser: open the link, join, begin the challenge, send two frames of 480 x 640 a second, then listen for events and fetch the first picture as the page's grid does. Frames are rendered heads (test/support/head-render.ts), made before the clock starts. Reading, tapping and looking for light take no time here: a person needs longer before the selfie.",
  "challenge: from its beginning to `passed`, at least four seconds by the rules of timing. first photo: from `passed` to the bytes of the first picture. complete: from `passed` until the last photo was looked at, of the first who joins alone, and of all in the rush; the others who join alone leave again with their first photo.",
  "The rush: one joiner every ten seconds, whether or not those before have finished. Clients and server share the machine.",
];

const FRAME = { width: 480, height: 640 } as const;
const FRAME_MS = 500;
const NEARER = 1.4;
/** Degrees tried one after the other. */
const YAWS = [24, 28, 32, 36] as const;
const GIVE_UP_MS = 120_000;
/** Of those who join alone, so many wait until all photos were looked through; the others leave with their first photo. */
const STAYING = 1;

interface Sitter {
  readonly person: string;
  readonly frames: ReadonlyMap<string, Uint8Array>;
}

/** Milliseconds of one joiner. */
interface Joined {
  readonly state: string;
  readonly open: number;
  readonly join: number;
  readonly challenge: number;
  readonly firstPhoto: number | null;
  readonly complete: number | null;
  readonly photos: number;
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      photos: { type: "string", default: "2000" },
      runs: { type: "string", default: "10" },
      rush: { type: "string", default: "30" },
      every: { type: "string", default: "10" },
    },
  });
  const machine = describeMachine();
  const [photos, runs, rush] = [Number(values.photos), Number(values.runs), Number(values.rush)];
  const here = await openThrowAway(2);
  const { instance, folder } = here;
  try {
    const set = join(folder, "photos");
    await fillFolder(set, photos);
    const { id } = await createCollection(instance, {
      name: "fair",
      purpose: "a benchmark",
      matching: "enrolled",
      matchOnly: undefined,
      channels: ["website"],
      retainUntil: "2099-12-31",
      joinUntil: undefined,
      attestation: "composed pictures",
      attestedBy: "bench",
    });
    const begun = performance.now();
    await importFolder(instance, { folder: set, collection: "fair", progress: () => undefined });
    console.error(`imported ${photos} photos in ${Math.round((performance.now() - begun) / 1000)} s`);

    const app = await createServer({
      parts: instance,
      publicUrl: new URL("http://localhost"),
      organisation: "bench",
      minimumAge: 15,
      majorityAge: 18,
      webFolder: folder,
      proxies: [],
      log: createLog({ write: () => undefined }),
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    const invited = async (): Promise<string> => {
      const order = {
        kind: "single" as const,
        collection: id,
        by: "bench",
        expiresAt: new Date(Date.now() + 86_400_000),
      };
      const made = await inTransaction(instance.db, (trx) =>
        createInvitation(trx, instance.keys, order, instance.clock),
      );
      return made.secret;
    };
    const cast = (await everybody()).slice(0, runs + rush);
    const vision = await instance.vision();
    const sitters: Sitter[] = [];
    for (const person of cast) sitters.push(await sitterOf(vision, person));
    console.error(`${sitters.length} people are ready to join`);

    const alone: Joined[] = [];
    for (const [n, sitter] of sitters.slice(0, runs).entries()) {
      alone.push(await joinAs(address, await invited(), sitter, n < STAYING));
      console.error(`alone ${alone.length}: ${JSON.stringify(alone.at(-1))}`);
    }
    const rushing: Promise<Joined>[] = [];
    for (const sitter of sitters.slice(runs)) {
      const secret = await invited();
      rushing.push(joinAs(address, secret, sitter, true));
      await new Promise((resolve) => {
        setTimeout(resolve, 1000 * Number(values.every));
      });
    }
    const together = await Promise.all(rushing);
    await app.close();
    const text = [
      `Alone, ${alone.length} joiners one after the other, ${photos} photos`,
      tableOf(alone),
      `One every ${values.every} s, ${together.length} joiners`,
      tableOf(together),
    ].join("\n\n");
    const result = { method: METHOD, machine, photos, every: Number(values.every), alone, together };
    const path = await writeResult("join", result, text);
    console.log(`${text}\n\nwritten to ${path}.json and .md`);
  } finally {
    await here.close();
  }
}

function tableOf(joined: readonly Joined[]): string {
  const of = (value: (one: Joined) => number | null): string[] => {
    const sorted = joined
      .filter((one) => one.state === "passed")
      .map(value)
      .filter((one) => one !== null)
      .sort((a, b) => a - b);
    const at = (share: number): string => {
      const ms = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
      return ms === undefined ? "-" : `${(ms / 1000).toFixed(2)} s`;
    };
    return [at(0.5), at(0.95), String(sorted.length)];
  };
  const states = Object.entries(Object.groupBy(joined, (one) => one.state)).map(
    ([state, some]) => `${state}: ${some?.length ?? 0}`,
  );
  return [
    markdownTable(
      ["step", "p50", "p95", "of"],
      [
        ["link opened", ...of((one) => one.open)],
        ["joined", ...of((one) => one.join)],
        ["challenge", ...of((one) => one.challenge)],
        ["first photo after the selfie", ...of((one) => one.firstPhoto)],
        ["complete after the selfie", ...of((one) => one.complete)],
        [
          "from the link to the first photo",
          ...of((one) =>
            one.firstPhoto === null ? null : one.open + one.join + one.challenge + one.firstPhoto,
          ),
        ],
      ],
    ),
    `Ended as: ${states.join(", ")}.`,
  ].join("\n\n");
}

/** `photos` files; the second and later rounds of the composed ones carry a comment, so that their bytes are new. */
async function fillFolder(folder: string, photos: number): Promise<void> {
  await mkdir(folder);
  const sources: string[] = [];
  const sets = [
    { photos: 200, seed: 7 },
    ...[101, 102, 103, 104, 105].map((seed) => ({ photos: 100, seed })),
  ];
  for (const set of sets) {
    const from = await event(set);
    const names = (await readdir(from)).filter((name) => name.endsWith(".jpg")).sort();
    sources.push(...names.map((name) => join(from, name)));
  }
  for (let n = 0; n < photos; n++) {
    const source = sources[n % sources.length];
    if (source === undefined) throw new Error("there are no composed photos");
    const bytes = await readFile(source);
    const comment = Buffer.from(`round ${Math.floor(n / sources.length)}`);
    const header = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
    const body = Buffer.concat([bytes.subarray(0, 2), header, comment, bytes.subarray(2)]);
    await writeFile(join(folder, `photo-${n}.jpg`), body);
  }
}

const viewName = (prompt: Prompt, step: number, near: boolean): string => {
  const turned = prompt === "turn-left" || prompt === "turn-right";
  return `${turned ? `${prompt}-${Math.min(step, YAWS.length - 1)}` : "straight"}-${near ? "near" : "far"}`;
};

async function sitterOf(vision: VisionPool, person: string): Promise<Sitter> {
  const path = selfieOf(person);
  const { faces } = await vision.findFaces(path, { embed: false, chips: false });
  const landmarks = faces[0]?.landmarks;
  if (!landmarks) throw new Error(`the portrait of ${person} shows no face`);
  const before = subject(
    { pixels: (await readPicture(path)).pixels, landmarks },
    { kind: "head", relief: 1 },
  );
  const random = seededRandom(3);
  const frames = new Map<string, Uint8Array>();
  for (const near of [false, true]) {
    for (const [prompt, side] of [
      ["look-straight", 0],
      ["turn-left", 1],
      ["turn-right", -1],
    ] as const) {
      for (const [step, yaw] of (side === 0 ? [0] : YAWS).entries()) {
        const view = { yaw: side * yaw, scale: near ? NEARER : 1, ...FRAME };
        frames.set(viewName(prompt, step, near), await photographed(before(view, prompt), random));
      }
    }
  }
  return { person, frames };
}

async function joinAs(address: string, invitation: string, sitter: Sitter, stays: boolean): Promise<Joined> {
  let cookie = "";
  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const picture = body instanceof Uint8Array;
    const answer = await fetch(`${address}${path}`, {
      method,
      headers: {
        "x-assent": "1",
        cookie,
        ...(body === undefined ? {} : { "content-type": picture ? "image/jpeg" : "application/json" }),
      },
      ...(body === undefined ? {} : { body: picture ? Uint8Array.from(body) : JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
    const begun = performance.now();
    return [await work(), performance.now() - begun];
  };

  const [, open] = await timed(async () => (await ask("POST", "/api/person/open", { invitation })).json());
  const [, join] = await timed(async () => {
    const joined = await ask("POST", "/api/person/join", {
      invitation,
      language: "en",
      declared: true,
      consents: [{ purpose: "find-me", channel: null }],
    });
    cookie = joined.headers.getSetCookie().map((one) => one.split(";")[0])[0] ?? "";
    await joined.arrayBuffer();
  });
  const [state, challenge] = await timed(() => passChallenge(ask, sitter));
  if (state !== "passed") {
    return { state, open, join, challenge, firstPhoto: null, complete: null, photos: 0 };
  }
  const begun = performance.now();
  let firstPhoto: number | null = null;
  let photos = 0;
  const stream = await ask("GET", "/api/person/search");
  let text = "";
  for await (const part of stream.body ?? []) {
    text += Buffer.from(part as Uint8Array).toString("utf8");
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    for (const one of events.filter((event) => event.includes("event: photo"))) {
      photos++;
      const data = /^data: ?(.*)$/m.exec(one)?.[1] ?? "{}";
      if (firstPhoto !== null) continue;
      const { id } = JSON.parse(data) as { id: string };
      await (await ask("GET", `/api/person/photos/${id}/picture?size=small`)).arrayBuffer();
      firstPhoto = performance.now() - begun;
    }
    if (firstPhoto !== null && !stays) {
      await ask("POST", "/api/person/leave");
      return { state, open, join, challenge, firstPhoto, complete: null, photos };
    }
  }
  return { state, open, join, challenge, firstPhoto, complete: performance.now() - begun, photos };
}

async function passChallenge(
  ask: (method: string, path: string, body?: unknown) => Promise<Response>,
  sitter: Sitter,
): Promise<string> {
  const begun = (await (await ask("POST", "/api/person/challenge")).json()) as { challenge: string };
  const until = performance.now() + GIVE_UP_MS;
  let [prompt, step, near]: [Prompt, number, boolean] = ["look-straight", 0, false];
  while (performance.now() < until) {
    const sent = performance.now();
    const frame = sitter.frames.get(viewName(prompt, Math.floor(step / 3), near));
    if (!frame) throw new Error("there is no such frame");
    const answer = await ask("POST", `/api/person/challenge/${begun.challenge}/frame`, frame);
    const told = (await answer.json()) as FrameAnswer;
    if (told.state === "refused") return `refused: ${told.reason}`;
    if (told.state !== "going-on") return told.state;
    step = told.prompt === prompt ? step + 1 : 0;
    prompt = told.prompt;
    if (prompt === "closer") near = true;
    if (prompt === "back") near = false;
    await new Promise((resolve) => {
      setTimeout(resolve, Math.max(0, FRAME_MS - (performance.now() - sent)));
    });
  }
  return "gave up";
}
