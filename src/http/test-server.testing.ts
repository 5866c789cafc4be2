import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import type { Parts } from "../flows/index.ts";
import { createLog } from "./log.ts";
import type { App, HttpContext, HttpOptions } from "./context.ts";
import { createServer } from "./server.ts";
import { PERSON_COOKIE } from "./person-cookie.ts";

export interface TestServer {
  readonly app: App;
  /** Every line that was logged. */
  readonly lines: readonly string[];
  /** Every route, by its pattern. */
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  /** A request as our own pages make it: with the header, JSON, and somebody's cookie if given. */
  ask(
    method: "GET" | "POST" | "PUT" | "DELETE" | "HEAD",
    url: string,
    options?: AskOptions,
  ): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly cookie?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
}

/** For tests: a server over real parts, with built pages of a line each. `plant` adds routes that the server does not have. */
export async function testServer(
  parts: Parts,
  more: Partial<HttpOptions> = {},
  plant: (app: App, context: Pick<HttpContext, "stopping">) => void = () => undefined,
): Promise<TestServer> {
  const webFolder = await mkdtemp(join(tmpdir(), "assent-web-"));
  for (const name of ["person", "staff", "assets"]) await mkdir(join(webFolder, name));
  await writeFile(join(webFolder, "person/index.html"), "<!doctype html><title>person</title>");
  await writeFile(join(webFolder, "staff/index.html"), "<!doctype html><title>staff</title>");
  await writeFile(join(webFolder, "assets/app-12345678.js"), "export {};\n");
  const lines: string[] = [];
  const app = await createServer({
    parts,
    publicUrl: new URL("https://photos.example.org"),
    organisation: "The club",
    minimumAge: 15,
    majorityAge: 18,
    webFolder,
    proxies: ["loopback"],
    log: createLog({ write: (line) => void lines.push(line) }),
    ...more,
  });
  const stopping = new AbortController();
  app.addHook("preClose", async () => stopping.abort());
  plant(app, { stopping: stopping.signal });
  await app.ready();
  return {
    app,
    routes: routesOf(app),
    lines,
    ask(method, url, { body, cookie, headers = {}, from } = {}) {
      const given: InjectOptions = {
        method,
        url,
        headers: {
          "x-assent": "1",
          ...(cookie === undefined ? {} : { cookie: `${PERSON_COOKIE}=${cookie}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body as NonNullable<InjectOptions["payload"]> }),
        ...(from === undefined ? {} : { remoteAddress: from }),
      };
      return app.inject(given);
    },
    async close() {
      await app.close();
      await rm(webFolder, { recursive: true, force: true });
    },
  };
}

/** The device's secret that an answer sets, or the empty string where it takes the cookie away. */
export function cookieOf(answer: LightMyRequestResponse): string | undefined {
  return answer.cookies.find((one) => one.name === PERSON_COOKIE)?.value;
}

/** Read from the printed tree, which is the only list that Fastify gives. */
function routesOf(app: App): readonly { readonly method: string; readonly url: string }[] {
  const parts: string[] = [];
  return app
    .printRoutes({ commonPrefix: false })
    .split("\n")
    .flatMap((line) => {
      const [, indent = "", rest = ""] = /^([│ ├└─]*)(.*)$/.exec(line) ?? [];
      const [, path = "", methods = ""] = /^(.*?)(?: \(([A-Z, ]+)\))?$/.exec(rest) ?? [];
      const depth = indent.length / 4;
      parts.splice(Math.max(0, depth - 1), Infinity, path);
      const url = parts.join("");
      return methods === "" ? [] : methods.split(", ").map((method) => ({ method, url }));
    });
}
