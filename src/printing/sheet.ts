import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import Pdf from "pdfkit";
import { create as createQr } from "qrcode";

/** Points of 1/72 inch. */
export const MM = 72 / 25.4;
export const A4 = { width: 210 * MM, height: 297 * MM } as const;
export const INK = "#221f1b";
export const QUIET = "#5d564c";
export const LINE = "#d9d2c7";
export const ACCENT = "#12544d";

/** Modules as one path: sharp at every size, and small. Level M stands a scratch and a fold, Q a thumb as well. */
export function drawQr(
  pdf: PDFKit.PDFDocument,
  text: string,
  x: number,
  y: number,
  side: number,
  level: "M" | "Q" = "M",
): void {
  const { modules } = createQr(text, { errorCorrectionLevel: level });
  const unit = side / modules.size;
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column)) pdf.rect(x + column * unit, y + row * unit, unit, unit);
    }
  }
  pdf.fill("#000000");
}

/** `margin` in points; without one, whoever draws places everything. */
export function newDocument(title: string, language: "fr" | "en", margin = 0): PDFKit.PDFDocument {
  const pdf = new Pdf({
    size: "A4",
    margin,
    lang: language,
    info: { Title: title, Producer: "Assent", Creator: "Assent" },
  });
  pdf.registerFont("plain", fontFile("400") ?? "Helvetica");
  pdf.registerFont("bold", fontFile("700") ?? "Helvetica-Bold");
  return pdf;
}

/** The pages' typeface, where it is installed (it comes with the tools that build them); else one that every reader has. */
function fontFile(weight: "400" | "700"): string | undefined {
  try {
    const file = createRequire(import.meta.url).resolve(
      `@fontsource/atkinson-hyperlegible/files/atkinson-hyperlegible-latin-${weight}-normal.woff`,
    );
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

export async function finished(pdf: PDFKit.PDFDocument): Promise<Buffer> {
  const chunks: Buffer[] = [];
  pdf.end();
  for await (const chunk of pdf as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
