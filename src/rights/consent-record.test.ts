import { readFile } from "node:fs/promises";
import { join } from "node:path";
import jsonld from "jsonld";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../core/index.ts";
import { consentReceiptAsLinkedData, type ConsentAnswer } from "./consent-record.ts";

interface Term {
  readonly "@id"?: string;
  readonly "@type"?: readonly string[];
  readonly "@value"?: unknown;
}
type Expanded = Term & Readonly<Record<string, readonly (Expanded | string)[] | undefined>>;

const PREFIXES: Readonly<Record<string, string>> = {
  dpv: "https://w3id.org/dpv#",
  pd: "https://w3id.org/dpv/pd#",
  loc: "https://w3id.org/dpv/loc#",
  eu: "https://w3id.org/dpv/legal/eu#",
  "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
};
const DPV = "https://w3id.org/dpv#";
/** Terms of the other vocabularies that the guide names: Dublin Core, DCAT, SKOS, RDF; and SPDX, as DCAT uses it. */
const OTHERS = [
  "http://purl.org/dc/terms/identifier",
  "http://purl.org/dc/terms/conformsTo",
  "http://purl.org/dc/terms/created",
  "http://purl.org/dc/terms/publisher",
  "http://purl.org/dc/terms/language",
  "http://purl.org/dc/terms/title",
  "http://purl.org/dc/terms/description",
  "http://www.w3.org/ns/dcat#version",
  "http://www.w3.org/2004/02/skos/core#broader",
  "http://www.w3.org/1999/02/22-rdf-syntax-ns#value",
  "http://spdx.org/rdf/terms#checksum",
  "http://spdx.org/rdf/terms#Checksum",
  "http://spdx.org/rdf/terms#algorithm",
  "http://spdx.org/rdf/terms#checksumAlgorithm_sha256",
  "http://spdx.org/rdf/terms#checksumValue",
];

/** The terms of DPV 2.3 that are used, by their full names. The package @vocabulary/dpv is of 2022, and of another namespace. */
const vocabulary = new Map<string, string>();
beforeAll(async () => {
  const text = await readFile(join(import.meta.dirname, "fixtures/dpv-2.3-terms.txt"), "utf8");
  for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
    const [name = "", type = ""] = line.split(" ");
    const [prefix = "", term = ""] = name.split(/:(.*)/);
    vocabulary.set(`${PREFIXES[prefix] ?? ""}${term}`, type);
  }
});

const answer = (part: Partial<ConsentAnswer>): ConsentAnswer => ({
  consent: newId(),
  event: "given",
  purpose: "find-me",
  channel: null,
  text: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  textVersion: "2026-11",
  notice: "test",
  givenHow: "own-device",
  givenBy: "person",
  at: "2026-06-01T12:00:00.000Z",
  until: "2027-06-01T12:00:00.000Z",
  ...part,
});
const EVERY_USE = [
  answer({}),
  answer({ purpose: "keep-template", event: "renewed" }),
  answer({ purpose: "staff-lookup" }),
  answer({ purpose: "show-name", event: "refused" }),
  answer({ purpose: "publish", channel: "companions" }),
  answer({ purpose: "publish", channel: "website" }),
  answer({ purpose: "contact", givenBy: "guardian" }),
];

function receipt(storedIn: string | null = "FR", answers = EVERY_USE) {
  return consentReceiptAsLinkedData({
    receipt: newId(),
    created: "2026-06-01T12:00:00.000Z",
    instance: newId(),
    person: newId(),
    language: "fr",
    purpose: "the pictures of a made-up festival",
    controller: {
      name: "The Festival",
      contact: "mailto:somebody@festival.example",
      address: "1, rue Inventée, 75000 Paris",
      jurisdiction: "FR",
      storedIn,
      url: "https://photos.festival.example",
    },
    answers,
  });
}

/** By a JSON-LD 1.1 processor that may load nothing, and drops nothing without saying so. */
async function expanded(document: unknown): Promise<readonly Expanded[]> {
  const documentLoader = (url: string): never => {
    throw new Error(`nothing is loaded, and ${url} was wanted`);
  };
  const { expand } = jsonld as {
    expand(document: unknown, options: object): Promise<readonly Expanded[]>;
  };
  return expand(document, { documentLoader, safe: true });
}

function walk(value: unknown, see: (node: Expanded) => void): void {
  if (Array.isArray(value)) for (const one of value) walk(one, see);
  else if (typeof value === "object" && value !== null) {
    see(value as Expanded);
    for (const inner of Object.values(value)) walk(inner, see);
  }
}

const known = (iri: string): boolean => vocabulary.has(iri) || OTHERS.includes(iri);
const inVocabulary = (iri: string): boolean =>
  [...Object.values(PREFIXES), "http://purl.org", "http://www.w3.org", "http://spdx.org"].some((prefix) =>
    iri.startsWith(prefix),
  );

async function unknownTerms(document: unknown): Promise<readonly string[]> {
  const unknown = new Set<string>();
  walk(await expanded(document), (node) => {
    const properties = Object.keys(node).filter((name) => !name.startsWith("@"));
    for (const property of properties) {
      if (!known(property)) unknown.add(property);
      if (property.startsWith(DPV) && vocabulary.get(property) !== "property") unknown.add(property);
    }
    // A literal's type is a data type of XML Schema, a node's a class.
    const types = node["@value"] === undefined ? (node["@type"] ?? []) : [];
    for (const iri of [...types, node["@id"] ?? ""]) if (inVocabulary(iri) && !known(iri)) unknown.add(iri);
  });
  return [...unknown];
}

const only = (node: Expanded | undefined, name: string): readonly Expanded[] =>
  (node?.[`${DPV}${name}`] ?? []) as readonly Expanded[];

describe("a consent receipt as linked data", () => {
  test("uses terms of the vocabularies alone, and a JSON-LD processor drops nothing of it", async () => {
    expect(vocabulary.size).toBeGreaterThan(50);
    expect(await unknownTerms(receipt())).toEqual([]);
    expect(await unknownTerms(receipt(null))).toEqual([]);
    // The check is not blind.
    const odd = { ...receipt(), "dpv:hasFavouriteColour": "dpv:Teal" };
    expect(await unknownTerms(odd)).toEqual([`${DPV}hasFavouriteColour`]);
    await expect(expanded({ ...receipt(), "no such term": 1 })).rejects.toThrow();
    await expect(expanded({ ...receipt(), "@context": "https://w3id.org/dpv" })).rejects.toThrow();
  });

  test("has what the profiles of ISO/IEC TS 27560 for the GDPR demand, in the receipt and in each record", async () => {
    const [document] = await expanded(receipt());
    expect(document?.["@type"]).toEqual([`${DPV}ConsentReceipt`]);
    const conforms = "http://purl.org/dc/terms/conformsTo";
    expect(document?.[conforms]).toEqual([
      { "@id": "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr" },
    ]);
    expect(document?.["http://purl.org/dc/terms/created"]).toHaveLength(1);
    expect(only(document, "hasIdentifier")).toHaveLength(1);
    const records = only(document, "hasRecordOfActivity");
    expect(records).toHaveLength(EVERY_USE.length);
    const [controller] = only(document, "hasEntity");
    expect(Object.keys(controller ?? {})).toEqual(
      expect.arrayContaining([`${DPV}hasName`, `${DPV}hasContact`, `${DPV}hasAddress`]),
    );
    for (const record of records) {
      expect(record[conforms]).toEqual([{ "@id": "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr" }]);
      expect(record["http://purl.org/dc/terms/identifier"]).toHaveLength(1);
      // The fields that the guide's section 8 says must be there.
      for (const field of [
        "hasDataSubject",
        "hasNotice",
        "hasProcess",
        "hasDataController",
        "hasLegalBasis",
        "hasConsentControl",
        "hasJurisdiction",
        "hasRight",
        "hasConsentStatus",
      ]) {
        expect(only(record, field).length, field).toBeGreaterThan(0);
      }
      const [process] = only(record, "hasProcess");
      for (const field of ["hasPurpose", "hasPersonalData", "hasStorageCondition", "hasRecipient"]) {
        expect(only(process, field).length, field).toBeGreaterThan(0);
      }
      const [status] = only(record, "hasConsentStatus");
      for (const field of ["isIndicatedAtTime", "isIndicatedBy", "hasDuration"]) {
        expect(only(status, field), field).toHaveLength(1);
      }
      const [notice] = only(record, "hasNotice");
      expect(notice?.["http://purl.org/dc/terms/language"]).toEqual([{ "@value": "fr" }]);
      expect(only(record, "hasDataController")).toEqual([{ "@id": controller?.["@id"] }]);
    }
  });

  test("says of a face's code that it is special, and how each answer was given", async () => {
    const [document] = await expanded(receipt());
    const records = only(document, "hasRecordOfActivity");
    const basis = (n: number) => only(records[n], "hasLegalBasis").map((one) => one["@id"]);
    expect(basis(0)).toEqual([`${PREFIXES["eu-gdpr"]}A6-1-a`, `${PREFIXES["eu-gdpr"]}A9-2-a`]);
    expect(basis(5)).toEqual([`${PREFIXES["eu-gdpr"]}A6-1-a`]);
    const data = only(only(records[0], "hasProcess")[0], "hasPersonalData");
    expect(data[0]?.["@type"]).toContain(`${DPV}SpecialCategoryPersonalData`);
    const states = records.map((record) => only(record, "hasConsentStatus")[0]?.["@type"]?.[0]);
    expect(states.filter((state) => state === `${DPV}ConsentRefused`)).toHaveLength(1);
    const by = only(only(records[6], "hasConsentStatus")[0], "isIndicatedBy")[0];
    expect(by?.["@type"]).toEqual([`${DPV}GuardianOfDataSubject`]);
  });

  test("of somebody who was asked nothing has no record, and is one all the same", async () => {
    const [document] = await expanded(receipt("FR", []));
    expect(document?.["@type"]).toEqual([`${DPV}ConsentReceipt`]);
    expect(only(document, "hasRecordOfActivity")).toEqual([]);
  });
});
