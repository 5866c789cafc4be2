// Checks receipts and checkpoints of Assent, by docs/formats.md alone: Node 20 or newer, or a browser. WebCrypto only, no
// dependency, nothing fetched. `verify/index.html` holds this very file.
//
//   node verify/assent-verify.mjs RECEIPT [--keys KEYS.json] [--earlier CONSENT-RECEIPT] [--checkpoint FILE]
//                                 [--log FOLDER] [--witness KEY] [--json]
//
// Exit: 0 holds, 1 does not hold, 2 unknown signer, 3 could not be asked so.

const CONSENT = "assent-consent+jwt";
const ERASURE = "assent-erasure+jwt";
/** Of the payload; a receipt without the member is of version 1. */
const VERSIONS = [1, 2];
const LONGEST_STATEMENT = 1_000_000;
const LONGEST_NOTE = 100_000;
const MOST_SIGNATURES = 100;
const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const TILE_WIDTH = 256;
const DASH = "\u2014";
const PROOF_FIRST_LINE = "c2sp.org/tlog-proof@v1";

/** Something does not hold; the message says what. */
class Wrong extends Error {}

/** Nothing is wrong, but nobody who is trusted signed it. */
class Unknown extends Wrong {}

function demand(holds, why) {
  if (!holds) throw new Wrong(why);
}

// --- Bytes ---------------------------------------------------------------------------------------------------------

const utf8 = new TextEncoder();

function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function same(a, b) {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function toBase64url(bytes) {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Undefined unless the text is the one spelling (RFC 4648, section 4) of its bytes. */
function fromBase64(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  let binary;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}

/** The same of section 5, without padding. */
function fromBase64url(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  const bytes = fromBase64(padded);
  return bytes && toBase64url(bytes) === text ? bytes : undefined;
}

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function isSigned(publicKey, bytes, signature) {
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, bytes);
  } catch (error) {
    if (error?.name === "NotSupportedError")
      throw new Error("this program's WebCrypto has no Ed25519", { cause: error });
    return false;
  }
}

// --- Signed statements ---------------------------------------------------------------------------------------------

/** RFC 7638, of an Ed25519 key. */
async function thumbprint(x) {
  return toBase64url(await sha256(utf8.encode(JSON.stringify({ crv: "Ed25519", kty: "OKP", x }))));
}

/** A key as { kid, x, bytes }; undefined for what is none. The thumbprint is computed, never believed. */
async function readKey(jwk) {
  if (!isObject(jwk) || jwk.kty !== "OKP" || jwk.crv !== "Ed25519") return undefined;
  const bytes = fromBase64url(jwk.x);
  return bytes?.length === HASH_BYTES ? { kid: await thumbprint(jwk.x), x: jwk.x, bytes } : undefined;
}

/** Takes a receipt apart by rules 1 to 3 of "Signed statements"; its signature is not looked at yet. */
function readStatement(text) {
  demand(text.length <= LONGEST_STATEMENT, "too long for a receipt");
  const parts = text.split(".");
  demand(parts.length === 3, "not a receipt: three parts joined by dots are expected");
  const [header, payload, signature] = parts.map(fromBase64url);
  demand(header && payload && signature, "a part is not base64url in its one spelling");
  demand(signature.length === SIGNATURE_BYTES, "the signature has not 64 bytes");
  const headerText = textOf(header);
  const payloadText = textOf(payload);
  demand(headerText !== undefined && payloadText !== undefined, "a part is not text");
  const { alg, kid, typ, ...more } = parseJson(headerText) ?? {};
  demand(
    alg === "EdDSA" &&
      typeof kid === "string" &&
      typeof typ === "string" &&
      Object.keys(more).length === 0 &&
      JSON.stringify({ alg, kid, typ }) === headerText,
    "the header is not exactly alg EdDSA, kid and typ",
  );
  demand(typ === CONSENT || typ === ERASURE, "a statement of another type than a receipt");
  const facts = parseJson(payloadText);
  demand(
    isObject(facts) && JSON.stringify(facts) === payloadText,
    "the payload is not a JSON object in its plain form",
  );
  const version = facts.version ?? 1;
  demand(
    VERSIONS.includes(version),
    "a receipt of a version that this checker does not know: take a newer checker",
  );
  const signed = utf8.encode(`${parts[0]}.${parts[1]}`);
  return { kind: typ === CONSENT ? "consent" : "erasure", kid, version, facts, signed, signature };
}

// --- The tree (RFC 9162, section 2.1) ------------------------------------------------------------------------------

function leafHash(leaf) {
  return sha256(concat(Uint8Array.of(0), leaf));
}

function nodeHash(left, right) {
  return sha256(concat(Uint8Array.of(1), left, right));
}

const half = (n) => Math.floor(n / 2);
const isHash = (bytes) => bytes?.length === HASH_BYTES;

/** Section 2.1.3.2. `leaf` is the leaf's hash. */
async function isIncluded({ position, size, leaf, proof, root }) {
  if (position >= size || ![leaf, root, ...proof].every(isHash)) return false;
  let [fn, sn, hash] = [position, size - 1, leaf];
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = await nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else hash = await nodeHash(hash, sibling);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(hash, root);
}

/** Section 2.1.4.2; of equal sizes, no proof and equal roots. */
async function isConsistent({ from, fromRoot, size, root, proof }) {
  if (from < 1 || from > size || ![fromRoot, root, ...proof].every(isHash)) return false;
  if (from === size) return proof.length === 0 && same(fromRoot, root);
  if (proof.length === 0) return false;
  const path =
    Number.isInteger(Math.log2(from)) && 2 ** Math.log2(from) === from ? [fromRoot, ...proof] : proof;
  let [fn, sn] = [from - 1, size - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [path[0], path[0]];
  for (const hash of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = await nodeHash(hash, fr);
      sr = await nodeHash(hash, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else sr = await nodeHash(sr, hash);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && same(fr, fromRoot) && same(sr, root);
}

// --- Notes, checkpoints and their keys -----------------------------------------------------------------------------

const isKeyName = (name) =>
  name !== "" && !/[\p{White_Space}\p{Cc}+]/u.test(name) && !/\p{Surrogate}/u.test(name);

async function keyId(name, type, publicKey) {
  return (await sha256(concat(utf8.encode(`${name}\n`), Uint8Array.of(type), publicKey))).subarray(
    0,
    KEY_ID_BYTES,
  );
}

const LOG = 1;
const WITNESS = 4;

/** A key in one line (C2SP signed-note): name, id and key, joined by plus. Undefined for what is none. */
async function readKeyLine(line) {
  const [, name, id, text] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(line ?? "") ?? [];
  const bytes = fromBase64(text);
  if (bytes?.length !== 1 + HASH_BYTES || !isKeyName(name) || ![LOG, WITNESS].includes(bytes[0]))
    return undefined;
  const key = {
    line,
    name,
    type: bytes[0],
    bytes: bytes.subarray(1),
    id: await keyId(name, bytes[0], bytes.subarray(1)),
  };
  return hex(key.id) === id ? key : undefined;
}

/** Takes a checkpoint apart; `what` names it where it is none. Its signatures are not looked at yet. */
function readCheckpoint(note, what) {
  const broken = `${what} is not a checkpoint in its plain form`;
  demand(typeof note === "string" && note.length <= LONGEST_NOTE && note.endsWith("\n"), broken);
  demand(!/[^\n\P{Cc}]/u.test(note) && !/\p{Surrogate}/u.test(note), broken);
  const cut = note.lastIndexOf("\n\n");
  demand(cut >= 0, broken);
  const text = note.slice(0, cut + 1);
  const lines = note.slice(cut + 2, -1).split("\n");
  demand(lines.length <= MOST_SIGNATURES, broken);
  const signatures = lines.map((line) => {
    const [dash, name = "", base64, ...more] = line.split(" ");
    const bytes = fromBase64(base64);
    demand(dash === DASH && more.length === 0 && isKeyName(name) && bytes?.length > KEY_ID_BYTES, broken);
    return { name, id: bytes.subarray(0, KEY_ID_BYTES), bytes: bytes.subarray(KEY_ID_BYTES) };
  });
  const [origin = "", digits, base64] = text.split("\n");
  const root = fromBase64(base64);
  const size = Number(digits);
  demand(origin !== "" && Number.isSafeInteger(size) && size >= 0 && isHash(root), broken);
  demand(`${origin}\n${size}\n${base64}\n` === text, broken);
  return { origin, size, root, text, signatures };
}

/** Who of the given keys signed; a wrong signature in the name of one of them makes all of it wrong. */
async function signersOf(checkpoint, keys, what) {
  const signers = [];
  for (const { name, id, bytes } of checkpoint.signatures) {
    const key = keys.find((one) => one.name === name && same(one.id, id));
    if (!key) continue;
    const witness = key.type === WITNESS;
    const seconds =
      witness && bytes.length > TIME_BYTES
        ? Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
        : 0;
    const text = witness ? `cosignature/v1\ntime ${seconds}\n${checkpoint.text}` : checkpoint.text;
    const signature = witness ? bytes.subarray(TIME_BYTES) : bytes;
    demand(
      signature.length === SIGNATURE_BYTES && (await isSigned(key.bytes, utf8.encode(text), signature)),
      `a signature of ${name} on ${what} does not match`,
    );
    signers.push({ key, at: witness ? new Date(seconds * 1000) : undefined });
  }
  return signers;
}

async function demandLogsSignature(checkpoint, keys, what) {
  demand(
    keys.every((key) => key.type === WITNESS || key.name === checkpoint.origin),
    `${what} is of another log`,
  );
  const signers = await signersOf(checkpoint, keys, what);
  if (!signers.some(({ key }) => key.type === LOG)) {
    throw new Unknown(`${what} is signed by no key of the log that you trust`);
  }
}

// --- What a receipt proves -----------------------------------------------------------------------------------------

/** JSON with members of every object sorted by UTF-16 code units, without spaces. */
function canonicalJson(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name])}`);
  return `{${members.join(",")}}`;
}

/** A proof in the form of C2SP tlog-proof. */
function readProof(text) {
  const broken = "the proof of the entry is not in its plain form";
  demand(typeof text === "string", broken);
  const cut = text.indexOf("\n\n");
  demand(cut >= 0, broken);
  const [first, extra, index, ...hashes] = text.slice(0, cut).split("\n");
  const [, leafText] = /^extra (.+)$/.exec(extra ?? "") ?? [];
  const [, digits] = /^index (0|[1-9][0-9]*)$/.exec(index ?? "") ?? [];
  const leaf = fromBase64(leafText);
  const proof = hashes.map(fromBase64);
  demand(first === PROOF_FIRST_LINE && isHash(leaf) && proof.every(isHash), broken);
  demand(digits !== undefined && Number.isSafeInteger(Number(digits)), broken);
  return { leaf, position: Number(digits), proof, note: text.slice(cut + 2) };
}

async function checkInclusion({ leaf, position, proof }, head) {
  const holds = await isIncluded({
    position,
    size: head.size,
    leaf: await leafHash(leaf),
    proof,
    root: head.root,
  });
  demand(holds, "the proof does not lead from the entry to the log's head");
}

/** That the entry in the receipt is the one whose leaf is proved, and speaks of this erasure and this outcome. */
async function checkEntry(entry, leaf, facts) {
  demand(isObject(entry) && isObject(entry.payload), "the receipt does not say which entry is proved");
  const salt = fromBase64(entry.salt);
  demand(salt?.length === 16, "the entry's salt has not 16 bytes");
  const { at, kind, payload } = entry;
  const text = canonicalJson({ at, kind, payload });
  demand(
    same(await sha256(concat(salt, utf8.encode(text))), leaf),
    "the entry is not the one that the log has",
  );
  const residue = (facts.checks ?? []).reduce((sum, check) => sum + check.residue, 0);
  demand(
    kind === "erasure-finished" && payload.erasure === facts.erasure && payload.residue === residue,
    "the entry in the log is about something else than this receipt",
  );
}

/** The texts in the receipt are those whose hashes were signed for. */
async function checkTexts(facts) {
  const records = facts.receipt?.["dpv:hasRecordOfActivity"] ?? [];
  const answers = [...(facts.consents ?? []), ...(facts.refused ?? [])];
  demand(records.length === answers.length, "the records are not those of the answers");
  for (const answer of answers) {
    const record = records.find((one) => one["dct:identifier"] === answer.consent);
    const text = record?.["dpv:hasNotice"]?.["dct:description"]?.["@value"];
    demand(typeof text === "string", "an answer has no record");
    demand(hex(await sha256(utf8.encode(text))) === answer.text, "a text is not the one that was agreed to");
  }
}

// --- Tiles of an exported log --------------------------------------------------------------------------------------

/** The roots of the first n leaves for each wanted n, from level-0 tiles. `read` gives a file of the folder, or undefined. */
async function rootsFromTiles(read, size, wanted) {
  const stack = [];
  const roots = new Map();
  for (let at = 0; at < size;) {
    const index = at / TILE_WIDTH;
    const width = Math.min(TILE_WIDTH, size - at);
    const path = `tile/0/${tileNumber(index)}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
    const tile = await read(path);
    demand(tile?.length === width * HASH_BYTES, `the folder of the log lacks ${path}, or has another one`);
    for (let i = 0; i < width; i++, at++) {
      let hash = tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      for (let n = at; n % 2 === 1; n = (n - 1) / 2) hash = await nodeHash(stack.pop(), hash);
      stack.push(hash);
      if (wanted.includes(at + 1)) roots.set(at + 1, await foldRight(stack));
    }
  }
  return roots;
}

async function foldRight(stack) {
  let hash = stack[stack.length - 1];
  for (let i = stack.length - 2; i >= 0; i--) hash = await nodeHash(stack[i], hash);
  return hash;
}

function tileNumber(index) {
  const groups = [];
  for (let n = index, first = true; first || n > 0; n = Math.floor(n / 1000), first = false) {
    groups.unshift(String(n % 1000).padStart(3, "0"));
  }
  return groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/");
}

// --- Trust ---------------------------------------------------------------------------------------------------------

/**
 * The keys of /.well-known/assent-keys.json, with those that were replaced. What a member says twice must agree: `kid` with the
 * key's thumbprint, `vkey` with the key. `since` is believed: it decides nothing.
 */
async function readKeys(text) {
  const list = parseJson(text);
  demand(isObject(list) && Array.isArray(list.keys) && list.keys.length > 0, "the list of keys is not one");
  demand(
    isObject(list.log) && Array.isArray(list.log.keys) && list.log.keys.length > 0,
    "the list has no keys of a log",
  );
  const receipts = [];
  for (const jwk of list.keys) receipts.push(await readListed(jwk));
  const log = [];
  for (const jwk of list.log.keys) {
    const { bytes } = await readListed(jwk);
    const key = await readKeyLine(jwk.vkey);
    demand(key?.type === LOG && same(key.bytes, bytes), "a key of the log is not the one of its line");
    demand(key.name === list.log.origin, "a key of the log is of another log");
    log.push(key);
  }
  return { receipts, log };
}

async function readListed(jwk) {
  const key = await readKey(jwk);
  demand(key && jwk.kid === key.kid, "a key in the list has not the fingerprint that it is listed under");
  demand(jwk.alg === "EdDSA" && jwk.use === "sig", "a key in the list is not for signatures of this kind");
  demand(new Date(jwk.since).getTime() >= 0, "a key in the list does not say since when it is used");
  return key;
}

/** The consent receipt that somebody kept: the key that signed it is trusted because they kept it. */
async function readEarlier(text, listed) {
  const statement = readStatement(withoutNewline(text));
  demand(statement.kind === "consent", "the earlier receipt is not one of consent");
  const own = await ownKey(statement);
  const key = listed?.receipts.find((one) => one.kid === statement.kid) ?? own;
  if (listed) {
    demand(
      listed.receipts.some((one) => one.kid === statement.kid),
      "the list of keys has not the key that signed the earlier receipt",
    );
  }
  demand(key, "the earlier receipt does not hold its key: give the list of keys too");
  demand(
    await isSigned(key.bytes, statement.signed, statement.signature),
    "the earlier receipt's signature does not match",
  );
  const pinned = statement.facts.log ?? undefined;
  const line = pinned && (await readKeyLine(pinned.key));
  demand(!pinned || line?.type === LOG, "the earlier receipt names no key of a log");
  if (line && listed) {
    demand(
      listed.log.some((one) => one.line === line.line),
      "the list of keys has not the key of the log that the earlier receipt names",
    );
  }
  const head = pinned && readCheckpoint(pinned.checkpoint, "the head in the earlier receipt");
  if (head) await demandLogsSignature(head, [line], "the head in the earlier receipt");
  return { key, line, head, instance: statement.facts.instance };
}

/** The key that a receipt says it is signed by; it must be the one that its header names. */
async function ownKey({ facts, kid }) {
  if (facts.signer === undefined) return undefined;
  const key = await readKey(facts.signer);
  demand(key?.kid === kid, "the key in the receipt is not the one that its header names");
  return key;
}

function withoutNewline(text) {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

// --- The verdict ---------------------------------------------------------------------------------------------------

/**
 * Checks a receipt, a proof of an entry or a checkpoint.
 *
 * given: { text, keys?, earlier?, checkpoint?, witness?, read? }, all text but `read`, which gives a file of an exported log's
 * folder by its path as bytes, or undefined.
 * Answer: { verdict: "valid" | "invalid" | "unknown signer", why, signedBy, kind, facts, checks }; `checks` are
 * { check, result: "holds" | "fails" | "open", says }.
 */
export async function check(given) {
  const checks = [];
  const answer = { verdict: "valid", why: "", signedBy: "", kind: "", facts: undefined, checks };
  const step = async (name, work) => {
    try {
      const says = await work();
      if (says) checks.push({ check: name, result: says.open ? "open" : "holds", says: says.open ?? says });
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      checks.push({ check: name, result: "fails", says: error.message });
      throw error;
    }
  };
  try {
    const unknown = await checkAll(given, answer, step);
    if (unknown) Object.assign(answer, { verdict: "unknown signer", why: unknown, signedBy: SOMEBODY });
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const unknown = error instanceof Unknown;
    const [verdict, signedBy] = unknown ? ["unknown signer", SOMEBODY] : ["invalid", ""];
    Object.assign(answer, { verdict, why: error.message, signedBy });
  }
  return answer;
}

const SOMEBODY = "somebody unknown";

async function checkAll(given, answer, step) {
  const trust = { receipts: [], log: [] };
  const heads = [];
  await step("keys", async () => {
    if (given.keys === undefined) return undefined;
    Object.assign(trust, await readKeys(given.keys));
    return `the list has ${trust.receipts.length} keys of receipts and ${trust.log.length} of the log`;
  });
  let earlier;
  await step("earlier receipt", async () => {
    if (given.earlier === undefined) return undefined;
    earlier = await readEarlier(given.earlier, given.keys === undefined ? undefined : trust);
    if (given.keys === undefined) trust.receipts.push(earlier.key);
    if (given.keys === undefined && earlier.line) trust.log.push(earlier.line);
    if (earlier.head) heads.push({ ...earlier.head, what: "the earlier receipt" });
    return "it holds, by a key that is trusted because the receipt was kept";
  });

  const unknown = given.text.startsWith(PROOF_FIRST_LINE)
    ? await checkProof(given.text, trust, heads, answer, step)
    : given.text.includes(`\n${DASH} `)
      ? await checkHead(given.text, trust, heads, answer, step)
      : await checkReceipt(withoutNewline(given.text), trust, heads, earlier, answer, step);
  await step("log", () => compareHeads(given, trust, heads));
  answer.signedBy = "the organisation";
  await step("witness", () => lookForWitness(given, heads, answer));
  return unknown;
}

async function checkReceipt(text, trust, heads, earlier, answer, step) {
  let statement;
  await step("form", () => {
    statement = readStatement(text);
    Object.assign(answer, { kind: statement.kind, facts: statement.facts });
    return `a receipt of ${statement.kind}, version ${statement.version}`;
  });
  let unknown;
  await step("signature", async () => {
    const own = await ownKey(statement);
    const known = trust.receipts.find((key) => key.kid === statement.kid);
    const key = known ?? own;
    if (!known)
      unknown =
        "the key that signed it is not one that you trust: give a list of keys, or an earlier receipt";
    if (!key) return { open: "the key that signed it is not known, so the signature could not be checked" };
    demand(await isSigned(key.bytes, statement.signed, statement.signature), "the signature does not match");
    const how = known ? "a key that you trust" : "the key that it names itself";
    return `the signature is by ${how}, fingerprint ${key.kid}`;
  });
  await step("instance", () => {
    if (!earlier) return undefined;
    demand(earlier.instance === statement.facts.instance, "the two receipts are of different organisations");
    return "both receipts are of the same organisation";
  });
  if (statement.version === 1) {
    await step("log", () => ({ open: "a receipt of version 1 says nothing of the log" }));
  } else if (statement.kind === "consent") {
    await step("texts", async () => {
      await checkTexts(statement.facts);
      return "the texts are those that were answered";
    });
    await step("pinned head", () => checkPinned(statement.facts.log, trust, heads));
  } else {
    await checkErasure(statement.facts, trust, heads, earlier, step);
  }
  return unknown;
}

/** The keys that a head may be signed by: trusted ones, or the receipt's own word while nobody trusts any. */
async function logKeysFor(line, trust) {
  const key = await readKeyLine(line);
  demand(key?.type === LOG, "the receipt names no key of a log");
  if (trust.log.length === 0) return [key];
  demand(
    trust.log.some((one) => one.name === key.name),
    "the receipt is of another log than the keys",
  );
  return trust.log;
}

async function checkPinned(log, trust, heads) {
  if (log === null) return { open: "the log was empty then" };
  demand(isObject(log), "the receipt does not say anything of the log");
  const head = readCheckpoint(log.checkpoint, "the head in the receipt");
  await demandLogsSignature(head, await logKeysFor(log.key, trust), "the head in the receipt");
  heads.push({ ...head, what: "the receipt" });
  return `signed by the log, with ${head.size} entries`;
}

async function checkErasure(facts, trust, heads, earlier, step) {
  const { log } = facts;
  if (log === null) {
    await step("entry", () => {
      demand(!earlier?.head, "the receipt does not prove that the log goes on from the earlier receipt");
      return { open: "the log was not in order when this was signed: it proves nothing of the log" };
    });
    return;
  }
  let head;
  await step("entry", async () => {
    demand(isObject(log) && Array.isArray(log.earlier), "the receipt does not say anything of the log");
    const proof = readProof(log.proof);
    head = readCheckpoint(proof.note, "the head in the receipt");
    await demandLogsSignature(head, await logKeysFor(log.key, trust), "the head in the receipt");
    await checkEntry(log.entry, proof.leaf, facts);
    await checkInclusion(proof, head);
    heads.push({ ...head, what: "the receipt" });
    return `number ${proof.position + 1} of the log's ${head.size} entries says that the erasure is finished`;
  });
  await step("consistency", async () => {
    for (const { size, root, proof } of log.earlier) {
      demand(
        Array.isArray(proof),
        `the log had ${size} entries when a consent receipt was signed, and lacks them now: it was cut, as where an older backup is brought back`,
      );
      const claim = {
        from: size,
        fromRoot: fromBase64(root),
        size: head.size,
        root: head.root,
        proof: proof.map(fromBase64),
      };
      demand(
        Number.isSafeInteger(size) && (await isConsistent(claim)),
        `the log does not go on from its ${size} entries when a consent receipt was signed`,
      );
    }
    if (!earlier?.head) {
      return log.earlier.length > 0
        ? {
            open: "it goes on from the heads that the receipt names; give the earlier receipt to compare them",
          }
        : undefined;
    }
    const named = log.earlier.find((one) => one.size === earlier.head.size);
    demand(named, "the receipt does not prove that the log goes on from the earlier receipt");
    demand(
      same(fromBase64(named.root), earlier.head.root),
      "the log does not begin with the one that the earlier receipt pins",
    );
    return `the log goes on from the ${earlier.head.size} entries that the earlier receipt pins`;
  });
}

async function checkProof(text, trust, heads, answer, step) {
  answer.kind = "proof";
  let proof;
  await step("form", () => {
    proof = readProof(text);
    return "the proof of an entry";
  });
  const unknown = await checkHead(proof.note, trust, heads, answer, step, "proof");
  await step("entry", async () => {
    await checkInclusion(proof, heads[heads.length - 1]);
    return `number ${proof.position + 1} of the log's entries`;
  });
  return unknown;
}

async function checkHead(note, trust, heads, answer, step, kind = "checkpoint") {
  answer.kind = kind;
  let unknown;
  await step("head", async () => {
    const head = readCheckpoint(note, "the head");
    heads.push({ ...head, what: "the head" });
    if (trust.log.length === 0) {
      unknown = "no key of the log is trusted: give a list of keys, or an earlier receipt";
      return { open: "its signature could not be checked" };
    }
    await demandLogsSignature(head, trust.log, "the head");
    return `signed by the log, with ${head.size} entries`;
  });
  return unknown;
}

/** Heads of one size must have one root; with the log itself, all of them must be heads of it. */
async function compareHeads({ checkpoint, read }, trust, heads) {
  if (checkpoint !== undefined) {
    const kept = readCheckpoint(checkpoint, "the kept head");
    if (trust.log.length > 0) await demandLogsSignature(kept, trust.log, "the kept head");
    heads.push({ ...kept, what: "the kept head" });
  }
  for (const name of read ? ["checkpoint", "cosigned"] : []) {
    const bytes = await read(name);
    if (!bytes) continue;
    const head = readCheckpoint(textOf(bytes), `the log's file ${name}`);
    if (trust.log.length > 0) await demandLogsSignature(head, trust.log, `the log's file ${name}`);
    heads.push({ ...head, what: `the log's file ${name}` });
  }
  const origins = new Set(heads.map((head) => head.origin));
  demand(origins.size <= 1, "the heads are of different logs");
  for (const head of heads) {
    const other = heads.find((one) => one.size === head.size && !same(one.root, head.root));
    demand(!other, `${head.what} and ${other?.what} have two different logs of ${head.size} entries`);
  }
  if (!read) {
    const sizes = new Set(heads.slice(1).map((head) => head.size));
    return checkpoint !== undefined && sizes.size > 0 && heads.some((head) => head.size !== heads[0].size)
      ? { open: "heads of different sizes are compared by the log's folder: give it too" }
      : undefined;
  }
  demand(
    heads.some((head) => head.what === "the log's file checkpoint"),
    "the folder of the log has no checkpoint",
  );
  const size = Math.max(...heads.map((head) => head.size));
  const there = Math.max(...heads.map((head) => (head.what.startsWith("the log's file") ? head.size : 0)));
  const beyond = heads.find((head) => head.size > there);
  demand(
    !beyond,
    `the folder's log has ${there} entries, and ${beyond?.what} is signed for ${beyond?.size}: the folder is older, or an older backup was brought ` +
      'back and a part of the log lost; then an entry "restored" names the lost head',
  );
  const roots = await rootsFromTiles(
    read,
    size,
    heads.map((head) => head.size),
  );
  for (const head of heads) {
    demand(
      head.size === 0 || same(roots.get(head.size), head.root),
      `the log does not begin with the ${head.size} entries of ${head.what}: it was rewritten, or an older backup was brought back and a part of it lost; ` +
        'then an entry "restored" names the lost head',
    );
    head.followed = true;
  }
  return `the log of ${size} entries goes on from every head that was given`;
}

/** Who else saw the log as it is: a cosignature on a head that holds everything that is claimed here. */
async function lookForWitness({ witness }, heads, answer) {
  if (witness === undefined) return undefined;
  const key = await readKeyLine(witness.trim());
  demand(key?.type === WITNESS, "this is no key of a witness");
  const claimed = heads.find(
    (head) =>
      !head.what.startsWith("the log's file") &&
      head.what !== "the kept head" &&
      head.what !== "the earlier receipt",
  );
  for (const head of heads) {
    const reaches = claimed && (head.size === claimed.size || (head.size > claimed.size && head.followed));
    const [signer] = await signersOf(head, [key], head.what);
    if (!signer || !reaches) continue;
    const at = signer.at.toISOString();
    answer.signedBy = `the organisation, and seen by ${key.name} at ${at}`;
    return `${key.name} signed the log with ${head.size} entries at ${at}`;
  }
  return { open: "the witness has signed no head that shows this: it is signed by the organisation alone" };
}

// --- The command line ----------------------------------------------------------------------------------------------

const USAGE =
  "node assent-verify.mjs RECEIPT [--keys KEYS.json] [--earlier CONSENT-RECEIPT] [--checkpoint FILE] [--log FOLDER] [--witness KEY] [--json]";
const EXIT = { valid: 0, invalid: 1, "unknown signer": 2 };
const NOT_ASKED_SO = 3;

async function main(words) {
  const { parseArgs } = await import("node:util");
  const { readFile } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const one = { type: "string" };
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { keys: one, earlier: one, checkpoint: one, log: one, witness: one, json: { type: "boolean" } },
  });
  if (positionals.length !== 1) throw new Error(`Usage: ${USAGE}`);
  const text = async (path) => (path === undefined ? undefined : (textOf(await readFile(path)) ?? ""));
  const read = async (path) => {
    try {
      return new Uint8Array(await readFile(join(values.log, path)));
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
  };
  const answer = await check({
    text: await text(positionals[0]),
    keys: await text(values.keys),
    earlier: await text(values.earlier),
    checkpoint: await text(values.checkpoint),
    witness: values.witness,
    read: values.log === undefined ? undefined : read,
  });
  console.log(values.json ? JSON.stringify(answer, undefined, 2) : inWords(answer));
  return EXIT[answer.verdict];
}

const MARK = { holds: "ok  ", fails: "NOT ", open: "?   " };

function inWords({ verdict, why, signedBy, checks }) {
  const first = verdict === "valid" ? `valid: signed by ${signedBy}` : `${verdict}: ${why}`;
  return [first, ...checks.map((one) => `  ${MARK[one.result]}${one.check}: ${one.says}`)].join("\n");
}

async function isStarted() {
  const started = globalThis.process?.argv?.[1];
  if (started === undefined) return false;
  const [{ realpathSync }, { pathToFileURL }] = [await import("node:fs"), await import("node:url")];
  return import.meta.url === pathToFileURL(realpathSync(started)).href;
}

if (await isStarted()) {
  process.exitCode = await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message);
    return NOT_ASKED_SO;
  });
}
