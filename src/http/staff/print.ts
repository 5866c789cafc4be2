import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import Pdf from "pdfkit";
import { create as createQr } from "qrcode";

/** Points of 1/72 inch. */
const MM = 72 / 25.4;
const A4 = { width: 210 * MM, height: 297 * MM } as const;
const INK = "#221f1b";
const QUIET = "#5d564c";
const LINE = "#d9d2c7";
const ACCENT = "#12544d";

const WORDS = {
  fr: {
    question: "Voulez-vous retrouver vos photos ?",
    asks: (organisation: string) => `${organisation} a pris des photos ici.`,
    scan: "Scannez ce code avec l'appareil photo de votre téléphone. Rien n'est fait avant que vous disiez oui.",
    no: "Vous ne voulez pas de reconnaissance faciale ? Le même code mène à vos photos sans elle.",
    code: "Code du jour",
    codeHint: "Il change chaque jour. La page vous le demandera.",
    day: (day: string) =>
      new Intl.DateTimeFormat("fr-FR", { dateStyle: "full", timeZone: "UTC" }).format(new Date(day)),
    card: "Vos photos",
    cardHint: "Pour une personne, une seule fois.",
    until: (end: Date) =>
      `Jusqu'au ${new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeZone: "UTC" }).format(end)}`,
  },
  en: {
    question: "Would you like to find your photos?",
    asks: (organisation: string) => `${organisation} took photos here.`,
    scan: "Scan this code with your phone's camera. Nothing is done before you say yes.",
    no: "You would rather not use face recognition? The same code leads to your photos without it.",
    code: "Code of the day",
    codeHint: "It changes every day. The page will ask for it.",
    day: (day: string) =>
      new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" }).format(new Date(day)),
    card: "Your photos",
    cardHint: "For one person, once.",
    until: (end: Date) =>
      `Until ${new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(end)}`,
  },
} as const;

export interface PosterOrder {
  readonly language: "fr" | "en";
  readonly organisation: string;
  readonly event: string;
  /** Where and when; may be empty. */
  readonly place: string;
  readonly link: string;
  /** One page each; none: a field to write the code in. */
  readonly codes: readonly { readonly day: string; readonly code: string }[];
}

/** A poster, A4, PDF: the code to scan, and the code of the day. */
export async function drawPoster(order: PosterOrder): Promise<Buffer> {
  const pdf = newDocument(order.event, order.language);
  const words = WORDS[order.language];
  const margin = 20 * MM;
  const width = A4.width - 2 * margin;
  const pages = order.codes.length > 0 ? order.codes : [null];
  for (const [i, code] of pages.entries()) {
    if (i > 0) pdf.addPage();
    const centred = { width, align: "center" } as const;
    pdf
      .font("bold")
      .fontSize(34)
      .fillColor(ACCENT)
      .text(order.event, margin, 20 * MM, centred);
    if (order.place) pdf.font("plain").fontSize(15).fillColor(QUIET).text(order.place, centred);
    pdf.moveDown(0.6).font("plain").fontSize(19).fillColor(INK).text(words.asks(order.organisation), centred);
    pdf.font("bold").fontSize(22).text(words.question, centred);
    const side = 92 * MM;
    const top = Math.max(pdf.y + 8 * MM, 88 * MM);
    drawQr(pdf, order.link, (A4.width - side) / 2, top, side);
    pdf
      .font("plain")
      .fontSize(14)
      .fillColor(INK)
      .text(words.scan, margin, top + side + 7 * MM, centred);
    pdf.moveDown(0.3).fillColor(QUIET).text(words.no, centred);
    // Above the lower margin, whatever stands above it.
    const box = { y: A4.height - 62 * MM, height: 40 * MM };
    pdf
      .roundedRect(margin + 20 * MM, box.y, width - 40 * MM, box.height, 4 * MM)
      .lineWidth(1)
      .stroke(LINE);
    const title = code === null ? words.code : `${words.code} · ${words.day(code.day)}`;
    pdf
      .font("plain")
      .fontSize(13)
      .fillColor(QUIET)
      .text(title, margin, box.y + 5 * MM, centred);
    if (code === null) {
      const y = box.y + 27 * MM;
      for (let digit = 0; digit < 6; digit++) {
        const x = A4.width / 2 + (digit - 3) * 14 * MM + 2 * MM;
        pdf
          .moveTo(x, y)
          .lineTo(x + 10 * MM, y)
          .lineWidth(1.5)
          .stroke(INK);
      }
    } else {
      const spaced = `${code.code.slice(0, 3)} ${code.code.slice(3)}`;
      pdf
        .font("bold")
        .fontSize(44)
        .fillColor(INK)
        .text(spaced, margin, box.y + 11 * MM, centred);
    }
    pdf
      .font("plain")
      .fontSize(11)
      .fillColor(QUIET)
      .text(words.codeHint, margin, box.y + 31 * MM, centred);
  }
  return finished(pdf);
}

export interface CardsOrder {
  readonly language: "fr" | "en";
  readonly organisation: string;
  readonly event: string;
  readonly until: Date;
  readonly links: readonly string[];
}

const CARD = { width: 85 * MM, height: 54 * MM, columns: 2, rows: 5 } as const;

/** Cards to cut out, ten on a page of A4, each with an invitation of its own. */
export async function drawCards(order: CardsOrder): Promise<Buffer> {
  const pdf = newDocument(order.event, order.language);
  const words = WORDS[order.language];
  const left = (A4.width - CARD.columns * CARD.width) / 2;
  const top = (A4.height - CARD.rows * CARD.height) / 2;
  const perPage = CARD.columns * CARD.rows;
  for (const [i, link] of order.links.entries()) {
    if (i > 0 && i % perPage === 0) pdf.addPage();
    const x = left + (i % CARD.columns) * CARD.width;
    const y = top + Math.floor((i % perPage) / CARD.columns) * CARD.height;
    pdf.rect(x, y, CARD.width, CARD.height).lineWidth(0.5).stroke(LINE);
    const side = 38 * MM;
    drawQr(pdf, link, x + 4 * MM, y + 8 * MM, side);
    const text = { width: CARD.width - side - 11 * MM, ellipsis: true } as const;
    const at = x + side + 7 * MM;
    pdf.font("bold").fontSize(13).fillColor(ACCENT);
    pdf.text(order.event, at, y + 8 * MM, { ...text, height: 34 });
    pdf
      .font("plain")
      .fontSize(9)
      .fillColor(INK)
      .text(order.organisation, { ...text, height: 24 });
    pdf.moveDown(0.5).font("bold").fontSize(10).text(words.card, text);
    pdf.font("plain").fontSize(8.5).fillColor(QUIET).text(words.cardHint, text);
    pdf.text(words.until(new Date(order.until.getTime() - 1)), text);
  }
  return finished(pdf);
}

/** Modules as one path: sharp at every size, and small. Level M stands a scratch and a fold. */
function drawQr(pdf: PDFKit.PDFDocument, link: string, x: number, y: number, side: number): void {
  const { modules } = createQr(link, { errorCorrectionLevel: "M" });
  const unit = side / modules.size;
  for (let row = 0; row < modules.size; row++) {
    for (let column = 0; column < modules.size; column++) {
      if (modules.get(row, column)) pdf.rect(x + column * unit, y + row * unit, unit, unit);
    }
  }
  pdf.fill("#000000");
}

function newDocument(title: string, language: "fr" | "en"): PDFKit.PDFDocument {
  const pdf = new Pdf({
    size: "A4",
    margin: 0,
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

async function finished(pdf: PDFKit.PDFDocument): Promise<Buffer> {
  const chunks: Buffer[] = [];
  pdf.end();
  for await (const chunk of pdf as unknown as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
