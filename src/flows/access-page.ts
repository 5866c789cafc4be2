import type { Id } from "../core/index.ts";
import type { Language } from "../db/index.ts";
import { holdingWords, type HeldTable } from "../rights/index.ts";
import { accessWords, type AccessWords } from "./access-words.ts";
import type { PersonData } from "./data-of.ts";
import { escapeHtml } from "./escape-html.ts";

/** What lies beside the page. Paths are relative to it. */
export interface AccessFiles {
  readonly pictures: ReadonlyMap<Id, string>;
  readonly receipts: readonly string[];
}

/**
 * Everything about a person as one page that is read without a network and runs nothing: no script, no style from elsewhere;
 * whatever is in the data is text.
 */
export function accessPage(data: PersonData, language: Language, files: AccessFiles): string {
  const words = accessWords(language);
  const section = (title: string, ...body: string[]): string =>
    `<section><h2>${text(title, language)}</h2>\n${body.filter((one) => one !== "").join("\n")}\n</section>`;
  const say = (one: string): string => `<p>${text(one, language)}</p>`;
  const names = new Map(data.collections.map((one) => [one.id, one.name]));
  const rows = (of: readonly object[]): string => read(of, words, language, names);
  const body = [
    section(
      words.you,
      facts([
        [words.name, data.name ?? words.none],
        [words.email, data.email ?? words.none],
        [words.id, data.person],
        [words.keys, data.keys.join(", ") || words.none],
      ]),
    ),
    section(
      words.photos,
      data.photos.length === 0 ? say(words.noPhotos) : say(words.photosSay),
      photos(data, files, words, language),
    ),
    section(words.collections, rows(data.collections.map(({ id: _, ...one }) => one))),
    section(words.choices, rows(data.consents)),
    section(
      words.codes,
      data.templates.length === 0 ? say(words.none) : say(words.codesSay),
      rows(data.templates),
    ),
    section(words.looks, rows(data.looks)),
    section(words.left, rows(data.disclosures)),
    section(words.demands, rows(data.requests)),
    section(
      words.receipts,
      say(words.receiptsSay),
      `<ul>${files.receipts.map((file) => `<li><a href="${escapeHtml(file)}">${escapeHtml(file)}</a></li>`).join("")}</ul>`,
    ),
    section(
      words.rights,
      `<ul>${words.rightsSay.map((one) => `<li>${text(one, language)}</li>`).join("")}</ul>`,
    ),
    section(words.all, say(words.allSays), ...data.held.map((one) => held(one, words, language))),
  ];
  return page(words, language, data.at, body.join("\n"));
}

function photos(data: PersonData, files: AccessFiles, words: AccessWords, language: Language): string {
  const figures = data.photos.map((photo) => {
    const picture = files.pictures.get(photo.photo);
    const when = photo.takenAt === null ? words.unknownTime : moment(photo.takenAt, language);
    const origin = words.by[photo.origin as keyof AccessWords["by"]] ?? photo.origin;
    const state = words.state[photo.state as keyof AccessWords["state"]] ?? photo.state;
    const lines = [
      `${words.taken}: ${when}`,
      `${origin}; ${state}`,
      `${words.box}: ${photo.box.join(", ")}`,
    ].map((line) => text(line, language));
    const image = picture === undefined ? "" : `<img src="${escapeHtml(picture)}" alt="" loading="lazy">`;
    return `<figure>${image}<figcaption>${lines.join("<br>")}</figcaption></figure>`;
  });
  return figures.length === 0 ? "" : `<div class="photos">\n${figures.join("\n")}\n</div>`;
}

function held(one: HeldTable, words: AccessWords, language: Language): string {
  const said = holdingWords(one.table, language) ?? {
    title: one.table,
    purpose: one.purpose,
    retention: one.retention,
  };
  const about = facts([
    [words.why, said.purpose],
    [words.until, said.retention],
    ...(one.withheld.length > 0 ? [[words.withheld, one.withheld.join(", ")] as const] : []),
  ]);
  return `<details><summary>${text(said.title, language)} (${one.rows.length}) <code>${escapeHtml(one.table)}</code></summary>\n${about}\n${table(one.rows, words)}\n</details>`;
}

function facts(of: readonly (readonly [string, string])[]): string {
  const lines = of.map(([term, value]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<dl>${lines.join("")}</dl>`;
}

/** The same rows in a reader's words: times as their language writes them, collections by name, nothing that is empty. */
function read(
  rows: readonly object[],
  words: AccessWords,
  language: Language,
  names: ReadonlyMap<Id, string>,
): string {
  const said = (value: unknown): unknown => {
    if (typeof value === "boolean") return value ? words.yes : words.no;
    if (typeof value !== "string") return value;
    return names.get(value) ?? (TIME.test(value) ? moment(value, language) : (words.values[value] ?? value));
  };
  const filled = (name: string): boolean =>
    rows.some((row) =>
      (Object.entries(row) as [string, unknown][]).some(([key, v]) => key === name && v !== null),
    );
  return table(
    rows.map((row) =>
      Object.fromEntries(
        (Object.entries(row) as [string, unknown][])
          .filter(([name]) => filled(name))
          // What somebody wrote is never taken for a word of ours.
          .map(([name, value]) => [name, WRITTEN.has(name) ? value : said(value)]),
      ),
    ),
    words,
  );
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const WRITTEN: ReadonlySet<string> = new Set([
  "name",
  "actor",
  "reason",
  "note",
  "contact",
  "extension",
  "model",
]);

/** In UTC, as everything that is kept. */
function moment(iso: string, language: Language): string {
  const times = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  return `${times.format(new Date(iso))} UTC`;
}

function table(rows: readonly object[], words: AccessWords): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return `<p>${escapeHtml(words.none)}</p>`;
  const heads = columns.map((name) => `<th scope="col">${escapeHtml(words.columns[name] ?? name)}</th>`);
  const lines = rows.map((row) => {
    const values = new Map(Object.entries(row) as [string, unknown][]);
    return `<tr>${columns.map((name) => `<td>${escapeHtml(cell(values.get(name)))}</td>`).join("")}</tr>`;
  });
  return `<div class="scroll" tabindex="0"><table><thead><tr>${heads.join("")}</tr></thead><tbody>\n${lines.join("\n")}\n</tbody></table></div>`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Escaped; in French no line ends before `:` and its like. */
function text(plain: string, language: Language): string {
  const spaced =
    language === "fr"
      ? plain.replace(/ ?([;:?!])(?=\s|$)/g, "\u00a0$1").replaceAll("\u00a0\u00a0", "\u00a0")
      : plain;
  return escapeHtml(spaced);
}

function page(words: AccessWords, language: Language, at: string, body: string): string {
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<title>${text(words.title, language)}</title>
<style>
  body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; background: #faf7f2; color: #221f1b; font: 17px/1.5 "Atkinson Hyperlegible", system-ui, sans-serif; }
  section { margin: 2.5rem 0; }
  .photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 1rem; }
  figure { margin: 0; border: 1px solid #d9d2c7; border-radius: 12px; overflow: hidden; background: #fff; }
  img { display: block; width: 100%; height: auto; }
  figcaption { padding: 0.5rem 1rem; font-size: 0.9em; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; font-size: 0.85em; }
  th, td { padding: 0.3rem 0.6rem; border: 1px solid #d9d2c7; text-align: left; vertical-align: top; overflow-wrap: anywhere; min-width: 6rem; }
  dt { font-weight: bold; } dd { margin: 0 0 0.5rem; overflow-wrap: anywhere; }
  details { margin: 0.5rem 0; border: 1px solid #d9d2c7; border-radius: 12px; padding: 0.5rem 1rem; }
  summary { min-height: 2rem; cursor: pointer; }
  @media (prefers-color-scheme: dark) {
    body { background: #1b1916; color: #ece7df; } a { color: #8fd3c8; }
    figure { background: #26231f; } figure, th, td, details { border-color: #4a453e; }
  }
  @media print { details { break-inside: avoid; } }
</style>
<h1>${text(words.title, language)}</h1>
<p>${text(words.says, language)} <time datetime="${escapeHtml(at)}">${escapeHtml(moment(at, language))}</time></p>
${body}
</html>
`;
}
