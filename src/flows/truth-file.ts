import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { AssentError } from "../core/index.ts";
import { ageBand, type Groups } from "../evaluation/index.ts";

const Truth = Type.Array(
  Type.Object({
    file: Type.String(),
    width: Type.Number(),
    height: Type.Number(),
    faces: Type.Array(
      Type.Object({
        person: Type.String(),
        box: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
        condition: Type.Optional(Type.String()),
      }),
    ),
  }),
);
export type TruthPhoto = Static<typeof Truth>[number];

const People = Type.Array(
  Type.Object({
    person: Type.String(),
    age: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    gender: Type.Optional(Type.String()),
    ethnicity: Type.Optional(Type.String()),
  }),
);

/** What is known of the photos of a folder. Errors: `not-found`, `bad-input`. */
export async function readTruth(folder: string): Promise<readonly TruthPhoto[]> {
  return readJson(
    join(resolve(folder), "truth.json"),
    Truth,
    "file, width, height and faces with person and box",
  );
}

/** Groups by person. Errors as above. */
export async function readGroups(file: string): Promise<Groups> {
  const people = await readJson(resolve(file), People, "person, age, gender, ethnicity");
  return new Map(
    people.map(({ person, age, gender, ethnicity }) => [
      person,
      {
        ...(gender === undefined ? {} : { gender }),
        ...(age === undefined ? {} : { age: ageBand(age) }),
        ...(ethnicity === undefined ? {} : { ethnicity }),
      },
    ]),
  );
}

async function readJson<T extends typeof Truth | typeof People>(
  file: string,
  schema: T,
  holds: string,
): Promise<Static<T>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw new AssentError("not-found", `${file} cannot be read as JSON`, {
      remedy: `It holds a list of objects with ${holds}.`,
      cause,
    });
  }
  if (!Value.Check(schema, parsed)) {
    throw new AssentError("bad-input", `${file} (in ${dirname(file)}) is not in the form expected`, {
      remedy: `It holds a list of objects with ${holds}.`,
    });
  }
  return parsed as Static<T>;
}
