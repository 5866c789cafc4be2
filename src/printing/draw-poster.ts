import { A4, ACCENT, drawQr, finished, INK, LINE, MM, newDocument, QUIET } from "./sheet.ts";

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
