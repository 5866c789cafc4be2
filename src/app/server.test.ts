import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testInstance, type TestInstance } from "../../test/support/instance.ts";
import { createLog } from "../http/index.ts";
import { readConfiguration, type Configuration } from "./index.ts";
import { startServer } from "./server.ts";

let test_: TestInstance;
beforeAll(async () => {
  test_ = await testInstance();
});
afterAll(() => test_.close());

const quiet = { log: createLog({ write: () => undefined }) };

function configured(environment: NodeJS.ProcessEnv): Configuration {
  const { publicUrl, serving } = readConfiguration({ ASSENT_PORT: "0", ...environment });
  return { ...test_.configuration, publicUrl, serving };
}

describe("the server of an instance", () => {
  test("is at the address that it gives, and stops listening when it is closed", async () => {
    const server = await startServer(test_.instance, configured({ ASSENT_ORGANISATION: "The club" }), quiet);
    expect(server.url).toMatch(/^http:\/\/localhost:\d+$/);
    expect(server.notes).toEqual([]);
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({ status: "up" });
    const { port } = new URL(server.url);
    const own = await fetch(`${server.url}/api/verify`, {
      method: "POST",
      headers: { "x-assent": "1", origin: `http://localhost:${port}`, "content-type": "application/json" },
      body: JSON.stringify({ receipt: "none" }),
    });
    expect(await own.json()).toMatchObject({ valid: false });
    await server.close();
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });

  test.each([
    [
      "an address that is not https",
      { ASSENT_URL: "http://photos.example.org" },
      /not https.*camera.*ASSENT_TLS_CERT/,
    ],
    ["links that lead to the machine itself", { ASSENT_HOST: "0.0.0.0" }, /set ASSENT_URL/],
    ["a name that nobody has set", { ASSENT_ORGANISATION: "" }, /ASSENT_ORGANISATION/],
  ])("says what is off with %s", async (_, environment, note) => {
    const server = await startServer(
      test_.instance,
      configured({ ASSENT_ORGANISATION: "The club", ...environment }),
      quiet,
    );
    expect(server.notes).toHaveLength(1);
    expect(server.notes[0]).toMatch(note);
    await server.close();
  });

  test("says nothing is off behind a proxy with https", async () => {
    const environment = { ASSENT_URL: "https://photos.example.org", ASSENT_ORGANISATION: "The club" };
    const server = await startServer(test_.instance, configured(environment), quiet);
    expect([server.url, server.notes]).toEqual(["https://photos.example.org", []]);
    await server.close();
  });

  test("names the port that is taken, the address that is none and the certificate that is missing or none", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const taken = String((other.address() as { port: number }).port);
    const refusal = (environment: NodeJS.ProcessEnv) =>
      expect(startServer(test_.instance, configured(environment), quiet)).rejects;
    await refusal({ ASSENT_PORT: taken }).toMatchObject({
      code: "bad-input",
      message: `port ${taken} of 127.0.0.1 is taken by another program`,
    });
    await new Promise((resolve) => other.close(resolve));
    await refusal({ ASSENT_HOST: "192.0.2.1" }).toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("is no address of this machine") as string,
    });
    const missing = { ASSENT_TLS_CERT: "/nowhere/cert.pem", ASSENT_TLS_KEY: "/nowhere/key.pem" };
    await refusal(missing).toMatchObject({ code: "not-found" });
    const none = { ASSENT_TLS_CERT: import.meta.filename, ASSENT_TLS_KEY: import.meta.filename };
    await refusal(none).toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("ASSENT_TLS_CERT") as string,
    });
  });
});
