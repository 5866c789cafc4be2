import { availableParallelism, userInfo } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { readConfiguration } from "./index.ts";

const PROJECT = join(import.meta.dirname, "../..");

describe("the configuration", () => {
  test("has a default for everything: the folder data, the embedded server, the key-encryption key in a file", () => {
    expect(readConfiguration({})).toEqual({
      dataFolder: resolve("data"),
      database: { kind: "embedded", folder: resolve("data") },
      kek: { kind: "file", path: resolve("data/keys/kek") },
      modelPack: join(PROJECT, "models/default"),
      processes: availableParallelism(),
      sandbox: false,
      twoPersons: new Set(["purge"]),
      libraries: [],
      actor: userInfo().username,
      publicUrl: new URL("http://localhost:8080"),
      controller: { contact: undefined, address: undefined, jurisdiction: "EU", storedIn: undefined },
      serving: {
        host: "127.0.0.1",
        port: 8080,
        tls: undefined,
        metricsToken: undefined,
        proxies: ["loopback"],
        organisation: undefined,
        minimumAge: 15,
        majorityAge: 18,
        mail: undefined,
        secondFactor: "optional",
        singleSignOn: undefined,
      },
    });
  });

  test("takes an empty variable for one that is not set", () => {
    const names = [
      "ASSENT_DATA",
      "DATABASE_URL",
      "ASSENT_KEK",
      "ASSENT_KEK_COMMAND",
      "ASSENT_KEK_FILE",
      "ASSENT_MODEL_PACK",
      "ASSENT_PROCESSES",
      "ASSENT_LIBRARIES",
      "ASSENT_ACTOR",
      "ASSENT_URL",
      "ASSENT_HOST",
      "ASSENT_PORT",
      "ASSENT_TLS_CERT",
      "ASSENT_TLS_KEY",
      "ASSENT_PROXY",
      "ASSENT_ORGANISATION",
      "ASSENT_CONTACT",
      "ASSENT_ADDRESS",
      "ASSENT_JURISDICTION",
      "ASSENT_STORED_IN",
      "ASSENT_MINIMUM_AGE",
      "ASSENT_SMTP",
      "ASSENT_MAIL_FROM",
      "ASSENT_SECOND_FACTOR",
      "ASSENT_TWO_PERSONS",
      "ASSENT_OIDC_ISSUER",
      "ASSENT_OIDC_CLIENT_ID",
      "ASSENT_OIDC_CLIENT_SECRET",
      "ASSENT_OIDC_CLIENT_SECRET_FILE",
      "ASSENT_OIDC_NAME",
      "ASSENT_OIDC_ONLY",
    ];
    expect(readConfiguration(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(
      readConfiguration({}),
    );
  });

  test("ASSENT_DATA moves the embedded server and the key-encryption key with it", () => {
    expect(readConfiguration({ ASSENT_DATA: "/srv/photos" })).toMatchObject({
      dataFolder: "/srv/photos",
      database: { kind: "embedded", folder: "/srv/photos" },
      kek: { kind: "file", path: "/srv/photos/keys/kek" },
    });
    expect(readConfiguration({ ASSENT_DATA: "relative" }).dataFolder).toBe(resolve("relative"));
  });

  test.each(["postgres://someone@server/assent", "postgresql://server:5433/assent?sslmode=require"])(
    "DATABASE_URL names a server: %s",
    (url) => {
      expect(readConfiguration({ DATABASE_URL: url }).database).toEqual({ kind: "url", url });
    },
  );

  test.each(["server:5432/assent", "mysql://server/assent", "http://postgres://server"])(
    "DATABASE_URL that is no address of PostgreSQL is refused, and not repeated: %s",
    (url) => {
      // It may hold a password.
      expect(() => readConfiguration({ DATABASE_URL: url })).toThrow(
        expect.objectContaining({
          code: "bad-input",
          message: "DATABASE_URL is no address of a PostgreSQL server",
          remedy: expect.stringContaining("postgres://user:password@host") as string,
        }) as Error,
      );
    },
  );

  test("the key-encryption key comes from the environment, a command, or a file", () => {
    const kek = (environment: NodeJS.ProcessEnv) => readConfiguration(environment).kek;
    expect(kek({ ASSENT_KEK: "abc" })).toEqual({ kind: "environment", value: "abc" });
    expect(kek({ ASSENT_KEK_COMMAND: "vault read" })).toEqual({ kind: "command", command: "vault read" });
    expect(kek({ ASSENT_KEK_FILE: "/etc/kek" })).toEqual({ kind: "file", path: "/etc/kek" });
    expect(kek({ ASSENT_KEK: "abc", ASSENT_KEK_FILE: "/etc/kek" })).toMatchObject({ kind: "environment" });
  });

  test("two sources of the key-encryption key are refused, and neither is repeated", () => {
    const both = (): unknown =>
      readConfiguration({ ASSENT_KEK: "the secret", ASSENT_KEK_COMMAND: "print it" });
    expect(both).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: expect.not.stringContaining("secret") as string,
      }) as Error,
    );
  });

  test("ASSENT_LIBRARIES names folders that may be watched: none by default, none around or in the data folder", () => {
    const libraries = (text: string) =>
      readConfiguration({ ASSENT_DATA: "/srv/assent/data", ASSENT_LIBRARIES: text }).libraries;
    expect(readConfiguration({}).libraries).toEqual([]);
    expect(libraries(["/srv/photos/", "/mnt/nas", "/srv/assent/data-of-others"].join(delimiter))).toEqual([
      "/srv/photos",
      "/mnt/nas",
      "/srv/assent/data-of-others",
    ]);
    for (const wrong of ["photos", "/srv/assent", "/", "/srv/assent/data", "/srv/assent/data/blobs"]) {
      expect(() => libraries(wrong)).toThrow(
        expect.objectContaining({
          code: "bad-input",
          message: expect.stringContaining("ASSENT_LIBRARIES") as string,
        }),
      );
    }
  });

  test("ASSENT_MODEL_PACK and ASSENT_ACTOR are taken as they are", () => {
    expect(readConfiguration({ ASSENT_MODEL_PACK: "/packs/other", ASSENT_ACTOR: "Mo" })).toMatchObject({
      modelPack: "/packs/other",
      actor: "Mo",
    });
  });

  test.each([
    ["1", 1],
    ["64", 64],
  ])("ASSENT_PROCESSES of %s is taken", (text, processes) => {
    expect(readConfiguration({ ASSENT_PROCESSES: text }).processes).toBe(processes);
  });

  test.each(["0", "65", "-1", "1.5", "many", "NaN"])("ASSENT_PROCESSES of %s is refused", (text) => {
    expect(() => readConfiguration({ ASSENT_PROCESSES: text })).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: "ASSENT_PROCESSES must be a number from 1 to 64",
      }) as Error,
    );
  });
});

describe("what the server is told", () => {
  test("goes by its own port where no public address is set", () => {
    expect(readConfiguration({ ASSENT_PORT: "9000" }).publicUrl.origin).toBe("http://localhost:9000");
    const own = { ASSENT_TLS_CERT: "cert.pem", ASSENT_TLS_KEY: "key.pem", ASSENT_PORT: "443" };
    expect(readConfiguration(own).publicUrl.origin).toBe("https://localhost");
    expect(readConfiguration(own).serving.tls).toEqual({
      cert: resolve("cert.pem"),
      key: resolve("key.pem"),
    });
  });

  test("takes a public address of a scheme and a host", () => {
    const { publicUrl } = readConfiguration({ ASSENT_URL: "https://photos.example.org/" });
    expect(publicUrl.origin).toBe("https://photos.example.org");
  });

  test.each([
    "photos.example.org",
    "ftp://photos.example.org",
    "https://photos.example.org/pictures",
    "https://photos.example.org/?a=b",
    "https://me:secret@photos.example.org",
  ])("refuses %s for a public address", (text) => {
    expect(() => readConfiguration({ ASSENT_URL: text })).toThrow(
      expect.objectContaining({
        code: "bad-input",
        message: expect.stringContaining("ASSENT_URL") as string,
      }),
    );
  });

  test.each([
    ["ASSENT_TLS_KEY", { ASSENT_TLS_CERT: "cert.pem" }],
    ["ASSENT_TLS_CERT", { ASSENT_TLS_KEY: "key.pem" }],
    ["ASSENT_URL", { ASSENT_URL: "http://here", ASSENT_TLS_CERT: "cert.pem", ASSENT_TLS_KEY: "key.pem" }],
    ["ASSENT_PORT", { ASSENT_PORT: "70000" }],
    ["ASSENT_PORT", { ASSENT_PORT: "web" }],
    ["ASSENT_MINIMUM_AGE", { ASSENT_MINIMUM_AGE: "12" }],
    ["ASSENT_MINIMUM_AGE", { ASSENT_MINIMUM_AGE: "15.5" }],
    ["ASSENT_MAIL_FROM", { ASSENT_SMTP: "smtp://localhost" }],
    ["ASSENT_SMTP", { ASSENT_SMTP: "mail.example.org", ASSENT_MAIL_FROM: "a@b.org" }],
    ["ASSENT_MAIL_FROM", { ASSENT_SMTP: "smtp://localhost", ASSENT_MAIL_FROM: "the club" }],
    ["ASSENT_TWO_PERSONS", { ASSENT_TWO_PERSONS: "purge,everything" }],
    ["ASSENT_SECOND_FACTOR", { ASSENT_SECOND_FACTOR: "yes" }],
    ["ASSENT_OIDC_ONLY", { ASSENT_OIDC_ONLY: "true" }],
    ["ASSENT_OIDC_ISSUER", { ASSENT_OIDC_CLIENT_ID: "assent" }],
    [
      "ASSENT_OIDC_ISSUER",
      {
        ASSENT_OIDC_ISSUER: "http://login.example.org",
        ASSENT_OIDC_CLIENT_ID: "assent",
        ASSENT_OIDC_CLIENT_SECRET: "secret",
      },
    ],
  ])("names %s where it is wrong", (name, environment) => {
    expect(() => readConfiguration(environment)).toThrow(
      expect.objectContaining({ code: "bad-input", message: expect.stringContaining(name) as string }),
    );
  });

  test("believes the proxies that it is told of", () => {
    expect(readConfiguration({ ASSENT_PROXY: "10.0.0.2, 172.16.0.0/12" }).serving.proxies).toEqual([
      "10.0.0.2",
      "172.16.0.0/12",
    ]);
  });
});
