// Makes .oxlintrc.json from the room table (src/rooms.ts). With --check it only compares and fails where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import prettier from "prettier";
import { ROOMS, type Room } from "../src/rooms.ts";

const TARGET = fileURLToPath(new URL("../.oxlintrc.json", import.meta.url));

/** Nothing but mail, webhooks, S3 and the organisation's own sign-in may ever open an outgoing socket; S3 does not exist yet. */
const NETWORK = ["net", "http", "https", "http2", "tls", "dgram", "dns", "undici"].flatMap((name) => [
  name,
  `node:${name}`,
]);
const MAIL = "nodemailer";
const NO_NETWORK =
  "Photos come from a folder, an upload or a bucket of the organisation's: nothing else opens a socket.";

/** The files that may: which modules each takes. The second takes a list of addresses from `net`, which opens nothing. */
const SOCKETS: readonly {
  readonly file: string;
  readonly room: Room;
  readonly modules: readonly string[];
}[] = [
  {
    file: "src/webhooks/post.ts",
    room: "webhooks",
    modules: ["node:dns", "node:http", "node:https", "node:net"],
  },
  { file: "src/webhooks/addresses.ts", room: "webhooks", modules: ["node:net"] },
];

function importRule(room: Room, taken: readonly string[] = []): unknown {
  const allowed: readonly string[] = ROOMS[room];
  const forbidden = Object.keys(ROOMS).filter((other) => other !== room && !allowed.includes(other));
  return [
    "error",
    {
      paths: [...NETWORK, ...(room === "mail" ? [] : [MAIL])]
        .filter((name) => !taken.includes(name))
        .map((name) => ({ name, message: NO_NETWORK })),
      patterns: [
        ...forbidden.map((other) => ({
          group: [`../**/${other}/**`, `../${other}/**`],
          message: `${room} must not import ${other} (src/rooms.ts).`,
        })),
        ...allowed.map((other) => ({
          group: [`../**/${other}/*`, `!../**/${other}/index.ts`],
          message: `Import ${other} by its index only.`,
        })),
      ],
    },
  ];
}

export function lintRules(): unknown {
  return {
    $schema: "./node_modules/oxlint/configuration_schema.json",
    plugins: ["typescript", "import", "unicorn", "oxc", "promise"],
    options: { typeAware: true },
    categories: { correctness: "error", suspicious: "error" },
    ignorePatterns: ["data", "docs", "web/dist", "bench/**/*.mjs"],
    rules: {
      "typescript/no-floating-promises": "error",
      "typescript/no-misused-promises": "error",
      "typescript/switch-exhaustiveness-check": "error",
      "typescript/no-explicit-any": "error",
      "import/no-default-export": "error",
      "no-restricted-globals": [
        "error",
        ...["fetch", "WebSocket", "EventSource", "XMLHttpRequest"].map((name) => ({
          name,
          message: NO_NETWORK,
        })),
      ],
      // Work that is ordered on purpose awaits in a loop; inParallel is there for the rest.
      "no-await-in-loop": "off",
      // A narrowing cast after a check is how rows of the database become types.
      "typescript/no-unsafe-type-assertion": "off",
      // The compiler checks that an exhaustive switch returns; this rule does not see that.
      "typescript/consistent-return": "off",
      // Namespaces such as `sharp` and `fc` are imported the way their documentation does.
      "import/no-named-as-default-member": "off",
      // Sorting a fresh array in place, and small functions beside their only use, are fine.
      "unicorn/no-array-sort": "off",
      // It calls assertions needless without which the compiler complains, and a test forges permits by spreading.
      "typescript/no-unnecessary-type-assertion": "off",
      "typescript/no-misused-spread": "off",
      "unicorn/consistent-function-scoping": "off",
      "typescript/require-array-sort-compare": "off",
      // What a room opens is a plain object of closures, so that its functions need no `this`.
      "typescript/unbound-method": "off",
      // A type parameter used once still names what the caller decides.
      "typescript/no-unnecessary-type-parameters": "off",
      // `{ secret: _, ...rest }` leaves a member out.
      "no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "no-underscore-dangle": "off",
      // Command lines are written as rows of words that belong together.
      "unicorn/no-useless-spread": "off",
      // Written for Express, which drops what a handler rejects with; Fastify awaits its handlers.
      "oxc/no-async-endpoint-handlers": "off",
      // Names such as `record` or `plan` are the words of the house, and a parameter may bear one.
      "no-shadow": "off",
    },
    overrides: [
      ...(Object.keys(ROOMS) as Room[]).map((room) => ({
        files: [`src/${room}/**/*.ts`],
        excludeFiles: ["**/*.test.ts", "**/*.testing.ts"],
        rules: { "no-restricted-imports": importRule(room) },
      })),
      ...SOCKETS.map(({ file, room, modules }) => ({
        files: [file],
        rules: { "no-restricted-imports": importRule(room, modules) },
      })),
      // Pages ask their own origin, tests the server they have started.
      {
        files: [
          "web/**/*.ts",
          "web/**/*.tsx",
          "test/**/*.ts",
          "bench/*.ts",
          "**/*.test.ts",
          "**/*.testing.ts",
        ],
        rules: { "no-restricted-globals": "off" },
      },
      {
        files: ["web/**/*.ts", "web/**/*.tsx"],
        rules: {
          // Styles are imported for their effect, and what a tap begins has nobody to return to.
          "import/no-unassigned-import": "off",
          "promise/always-return": "off",
          "promise/no-callback-in-promise": "off",
        },
      },
      // Whoever checks a receipt needs none of our code, nor anything that would have to be installed.
      {
        files: ["verify/*.mjs"],
        rules: {
          "no-restricted-imports": [
            "error",
            {
              patterns: [
                {
                  // Whatever does not begin with node: (the linter's patterns know no lookahead).
                  regex: "^([^n]|n[^o]|no[^d]|nod[^e]|node[^:])",
                  message: "The checker stands alone: it imports nothing.",
                },
              ],
            },
          ],
        },
      },
      { files: ["*.config.ts", "test/support/*.ts"], rules: { "import/no-default-export": "off" } },
    ],
  };
}

export async function lintRulesText(): Promise<string> {
  return prettier.format(JSON.stringify(lintRules()), { parser: "json", printWidth: 110 });
}

if (import.meta.main) {
  const text = await lintRulesText();
  if (!process.argv.includes("--check")) writeFileSync(TARGET, text);
  else if (readFileSync(TARGET, "utf8") !== text) {
    console.error(".oxlintrc.json does not fit src/rooms.ts: run `node tools/make-lint-rules.ts`.");
    process.exitCode = 1;
  }
}
