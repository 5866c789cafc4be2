import type { Id } from "../core/index.ts";

/**
 * ISO/IEC TS 27560 consent records and receipts as JSON-LD with the W3C Data Privacy Vocabulary, as its guide
 * (https://w3id.org/dpv/guides/consent-27560, of February 2026) and DPV 2.3 have them.
 */
const SCHEMA = "https://w3id.org/dpv/schema/dpv-27560";

/** Inline, so that nobody fetches anything to read a receipt. Members that hold the address of something are typed so. */
const CONTEXT = {
  dpv: "https://w3id.org/dpv#",
  pd: "https://w3id.org/dpv/pd#",
  loc: "https://w3id.org/dpv/loc#",
  eu: "https://w3id.org/dpv/legal/eu#",
  "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
  dct: "http://purl.org/dc/terms/",
  dcat: "http://www.w3.org/ns/dcat#",
  skos: "http://www.w3.org/2004/02/skos/core#",
  rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
  spdx: "http://spdx.org/rdf/terms#",
  xsd: "http://www.w3.org/2001/XMLSchema#",
  ...addresses(
    "dct:conformsTo",
    "dct:publisher",
    "skos:broader",
    "spdx:algorithm",
    "dpv:hasApplicableLaw",
    "dpv:hasDataController",
    "dpv:hasDataSource",
    "dpv:hasDataSubject",
    "dpv:hasJurisdiction",
    "dpv:hasLegalBasis",
    "dpv:hasLocation",
    "dpv:hasProcessing",
    "dpv:hasRight",
    "dpv:isExercisedAt",
  ),
  "dct:created": { "@type": "xsd:dateTime" },
  "dpv:isIndicatedAtTime": { "@type": "xsd:dateTime" },
} as const;

function addresses(...names: readonly string[]): Readonly<Record<string, { readonly "@type": "@id" }>> {
  return Object.fromEntries(names.map((name) => [name, { "@type": "@id" }]));
}

/** Who runs the instance, as its configuration says. */
export interface Controller {
  readonly name: string;
  /** An e-mail address, a telephone number or a page. */
  readonly contact: string;
  /** Postal; null where it is not configured. */
  readonly address: string | null;
  /** ISO 3166-1 alpha-2, or EU: whose law applies. */
  readonly jurisdiction: string;
  /** The same; null where it is not configured. */
  readonly storedIn: string | null;
  /** Where the pages are: an origin. */
  readonly url: string;
}

/** One answer of a person, as its record states it. Times are ISO 8601 in UTC. */
export interface ConsentAnswer {
  readonly consent: Id;
  readonly event: "given" | "renewed" | "refused";
  readonly purpose: string;
  readonly channel: string | null;
  /** SHA-256 of `notice` in UTF-8, hexadecimal. */
  readonly text: string;
  readonly textVersion: string;
  /** The text that was agreed to, or not, as it was shown. */
  readonly notice: string;
  readonly givenHow: string;
  readonly givenBy: "person" | "guardian";
  readonly at: string;
  readonly until: string;
}

export interface ConsentRecords {
  readonly receipt: Id;
  readonly created: string;
  readonly instance: Id;
  readonly person: Id;
  readonly language: string;
  /** What the organisation says that the collection is for. */
  readonly purpose: string;
  readonly controller: Controller;
  readonly answers: readonly ConsentAnswer[];
}

/** The receipt with one record for each answer, as JSON-LD; profiles `receipt-eu-gdpr` and `record-eu-gdpr`. */
export function consentReceiptAsLinkedData(facts: ConsentRecords): Readonly<Record<string, unknown>> {
  const { controller } = facts;
  return {
    "@context": CONTEXT,
    "@id": urn(facts.receipt),
    "@type": "dpv:ConsentReceipt",
    "dpv:hasIdentifier": facts.receipt,
    "dct:identifier": facts.receipt,
    "dct:conformsTo": `${SCHEMA}#receipt-eu-gdpr`,
    "dct:created": facts.created,
    "dct:publisher": urn(facts.instance),
    "dpv:hasEntity": {
      "@id": urn(facts.instance),
      "@type": ["dpv:Organisation", "dpv:DataController"],
      "dct:identifier": facts.instance,
      "dpv:hasName": controller.name,
      "dpv:hasContact": controller.contact,
      ...(controller.address === null ? {} : { "dpv:hasAddress": controller.address }),
    },
    "dpv:hasRecordOfActivity": facts.answers.map((answer) => recordOf(facts, answer)),
  };
}

const STATE = {
  given: "dpv:ConsentGiven",
  renewed: "dpv:RenewedConsentGiven",
  refused: "dpv:ConsentRefused",
} as const satisfies Record<ConsentAnswer["event"], string>;

/** GDPR, articles 7(3), 15 to 18, 20 and 77. */
const RIGHTS = ["A7-3", "A15", "A16", "A17", "A18", "A20", "A77"].map((right) => `eu-gdpr:${right}`);

function recordOf(facts: ConsentRecords, answer: ConsentAnswer) {
  const { controller } = facts;
  const biometric = USES[answer.purpose]?.biometric === true;
  return {
    "@id": urn(answer.consent),
    "@type": "dpv:ConsentRecord",
    "dct:identifier": answer.consent,
    "dct:conformsTo": `${SCHEMA}#record-eu-gdpr`,
    "dpv:hasDataSubject": urn(facts.person),
    "dpv:hasDataController": urn(facts.instance),
    "dpv:hasJurisdiction": `loc:${controller.jurisdiction}`,
    "dpv:hasApplicableLaw": "eu:law-GDPR",
    "dpv:hasLegalBasis": biometric ? ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"] : ["eu-gdpr:A6-1-a"],
    "dpv:hasNotice": {
      "@id": `ni:///sha-256;${Buffer.from(answer.text, "hex").toString("base64url")}`,
      "@type": "dpv:ConsentNotice",
      "dct:language": facts.language,
      "dcat:version": answer.textVersion,
      "dct:description": { "@value": answer.notice, "@language": facts.language },
      "spdx:checksum": {
        "@type": "spdx:Checksum",
        "spdx:algorithm": "spdx:checksumAlgorithm_sha256",
        "spdx:checksumValue": answer.text,
      },
    },
    "dpv:hasProcess": processOf(facts, answer),
    "dpv:hasConsentControl": { "@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": `${controller.url}/me` },
    "dpv:hasRight": RIGHTS,
    "dpv:hasConsentStatus": {
      "@type": [STATE[answer.event], biometric ? "dpv:ExplicitlyExpressedConsent" : "dpv:ExpressedConsent"],
      "dpv:isIndicatedBy": {
        "@type": answer.givenBy === "guardian" ? "dpv:GuardianOfDataSubject" : "dpv:DataSubject",
      },
      "dpv:hasIndicationMethod": answer.givenHow,
      "dpv:isIndicatedAtTime": answer.at,
      "dpv:hasDuration":
        answer.event === "refused"
          ? duration("Event", "the person says otherwise")
          : duration("Time", answer.until),
    },
  };
}

function processOf(facts: ConsentRecords, { purpose, channel, until }: ConsentAnswer) {
  const { controller } = facts;
  const use = USES[purpose] ?? OTHER_USE;
  return {
    "@type": "dpv:Process",
    "dpv:hasPurpose": {
      "@type": "dpv:Purpose",
      "skos:broader": `dpv:${use.category}`,
      "dct:title": channel === null ? purpose : `${purpose}:${channel}`,
      "dct:description": facts.purpose,
    },
    "dpv:hasPersonalData": use.data.map((one) => ({
      "@type":
        one === "FacialPrint" ? ["dpv:PersonalData", "dpv:SpecialCategoryPersonalData"] : "dpv:PersonalData",
      "skos:broader": `pd:${one}`,
    })),
    "dpv:hasDataSource": "dpv:DataSubjectDataSource",
    "dpv:hasProcessing": use.processing.map((one) => `dpv:${one}`),
    "dpv:hasStorageCondition": [
      {
        "@type": "dpv:StorageLocation",
        "dpv:hasLocation":
          controller.storedIn === null
            ? { "@type": "dpv:Location", "dct:description": "the organisation's own systems" }
            : `loc:${controller.storedIn}`,
      },
      { "@type": "dpv:StorageDuration", "dpv:hasDuration": duration("Time", until) },
      { "@type": "dpv:StorageDeletion", "dpv:hasDuration": duration("Event", "withdrawal") },
    ],
    "dpv:hasRecipient": { "@type": "dpv:Recipient", "dct:description": recipient(purpose, channel) },
  };
}

function recipient(purpose: string, channel: string | null): string {
  if (purpose !== "publish") return "the organisation, and nobody else";
  return channel === null || channel === "companions"
    ? "the other people in the same photo"
    : `whoever sees the channel ${channel}`;
}

function duration(until: "Time" | "Event", value: string) {
  return { "@type": `dpv:Until${until}Duration`, "rdf:value": value };
}

interface UseInWords {
  /** Of the vocabulary's purposes. */
  readonly category: string;
  /** Of its personal data. */
  readonly data: readonly string[];
  /** Of its processing. */
  readonly processing: readonly string[];
  /** GDPR, article 9: a face is measured to tell who somebody is. */
  readonly biometric?: true;
}

const OTHER_USE: UseInWords = { category: "ServiceProvision", data: ["Picture"], processing: ["Use"] };

const USES: Readonly<Record<string, UseInWords>> = {
  "find-me": {
    category: "SearchFunctionalities",
    data: ["FacialPrint", "Picture"],
    processing: ["Collect", "Derive", "Store", "Match"],
    biometric: true,
  },
  "keep-template": {
    category: "SearchFunctionalities",
    data: ["FacialPrint"],
    processing: ["Store"],
    biometric: true,
  },
  "staff-lookup": {
    category: "SearchFunctionalities",
    data: ["FacialPrint", "Picture"],
    processing: ["Match", "Disclose"],
    biometric: true,
  },
  "show-name": { category: "PublicRelations", data: ["Name"], processing: ["Store", "Display"] },
  publish: { category: "PublicRelations", data: ["Picture"], processing: ["Display", "MakeAvailable"] },
  contact: {
    category: "CommunicationManagement",
    data: ["EmailAddress"],
    processing: ["Collect", "Store", "Use"],
  },
};

function urn(id: Id): string {
  return `urn:uuid:${id}`;
}
