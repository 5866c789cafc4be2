import { inflateSync } from "node:zlib";

/**
 * The text of a PDF as pdfkit writes it (ISO 32000-1, sections 7.3, 9.4.3 and 9.10.3): what each page shows, in the order in
 * which it is drawn, words read back through the fonts' own tables. A line of drawing is a line of text.
 */
export function pdfText(pdf: Uint8Array): string {
  const objects = objectsOf(Buffer.from(pdf).toString("latin1"));
  const tables = new Map<string, ReadonlyMap<number, string>>();
  for (const { dictionary } of objects.values()) {
    const fonts = /\/Font\s*<<([^>]*)>>/.exec(dictionary)?.[1] ?? "";
    for (const [, name = "", id = ""] of fonts.matchAll(/\/(\w+) (\d+) 0 R/g)) {
      const table = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id)?.dictionary ?? "")?.[1] ?? "";
      tables.set(name, tableOf(objects.get(table)?.stream ?? ""));
    }
  }
  const pages = [...objects.values()].filter((one) => /\bBT\b/.test(one.stream));
  return pages.map(({ stream }) => shownBy(stream, tables)).join("\n");
}

interface PdfObject {
  readonly dictionary: string;
  readonly stream: string;
}

function objectsOf(file: string): ReadonlyMap<string, PdfObject> {
  const objects = new Map<string, PdfObject>();
  for (const [, id = "", body = ""] of file.matchAll(/(?:^|\n)(\d+) 0 obj\n([^]*?)\nendobj/g)) {
    const [, dictionary = body, bytes = ""] = /^([^]*?)\nstream\n([^]*)\nendstream/.exec(body) ?? [];
    const packed = dictionary.includes("/FlateDecode") && !dictionary.includes("/XObject");
    const stream = packed ? inflateSync(Buffer.from(bytes, "latin1")).toString("latin1") : bytes;
    objects.set(id, { dictionary, stream });
  }
  return objects;
}

/** Glyphs and what they mean. */
function tableOf(map: string): ReadonlyMap<number, string> {
  const glyphs = new Map<number, string>();
  for (const [, body = ""] of map.matchAll(/beginbfrange\n([^]*?)\nendbfrange/g)) {
    for (const [, from = "", list = ""] of body.matchAll(/<(\w+)> <\w+> \[([^\]]*)\]/g)) {
      [...list.matchAll(/<(\w+)>/g)].forEach(([, units = ""], at) => {
        glyphs.set(Number.parseInt(from, 16) + at, Buffer.from(units, "hex").swap16().toString("utf16le"));
      });
    }
  }
  return glyphs;
}

function shownBy(stream: string, tables: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  let table: ReadonlyMap<number, string> = new Map();
  const lines: string[] = [];
  for (const [, font, shown] of stream.matchAll(/\/(\w+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (font !== undefined) table = tables.get(font) ?? new Map();
    if (shown === undefined) continue;
    const codes = [...shown.matchAll(/<(\w+)>/g)].flatMap(([, hex = ""]) => hex.match(/.{4}/g) ?? []);
    lines.push(codes.map((code) => table.get(Number.parseInt(code, 16)) ?? "").join(""));
  }
  return lines.join("\n");
}
