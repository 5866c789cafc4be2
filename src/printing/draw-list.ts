import { A4, ACCENT, finished, INK, LINE, MM, newDocument, QUIET } from "./sheet.ts";

const WORDS = {
  fr: {
    title: "Ne pas photographier",
    as: (now: Date) =>
      `État au ${new Intl.DateTimeFormat("fr-FR", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(now)} UTC. Une liste plus récente la remplace.`,
    says: "Ces personnes ont dit non. À garder sur soi, à ne pas afficher, à détruire après l'événement.",
    objected: "s'oppose à toute publication",
    refused: "refuse d'être montré",
    nameless: "Sans nom",
    none: "Personne n'a dit non.",
    page: (n: number) => `page ${n}`,
  },
  en: {
    title: "Do not photograph",
    as: (now: Date) =>
      `As of ${new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(now)} UTC. A newer list takes its place.`,
    says: "These people said no. Keep it on you, do not put it up, destroy it after the event.",
    objected: "objects to any publication",
    refused: "does not agree to be shown",
    nameless: "No name",
    none: "Nobody said no.",
    page: (n: number) => `page ${n}`,
  },
} as const;

export interface ListOrder {
  readonly language: "fr" | "en";
  readonly organisation: string;
  readonly event: string;
  readonly now: Date;
  readonly people: readonly {
    readonly name: string | null;
    readonly label: string;
    readonly because: "objected" | "refused";
  }[];
}

const MARGIN = 20 * MM;
const LINE_HEIGHT = 9 * MM;
const LAST = A4.height - 28 * MM;

/** Who is not to be photographed, PDF of A4, each page with the date that it is good for. */
export async function drawNotPhotographed(order: ListOrder): Promise<Buffer> {
  const words = WORDS[order.language];
  const pdf = newDocument(words.title, order.language);
  const width = A4.width - 2 * MARGIN;
  let page = 1;
  const head = (): number => {
    pdf.font("bold").fontSize(24).fillColor(ACCENT).text(words.title, MARGIN, MARGIN, { width });
    pdf.font("plain").fontSize(13).fillColor(INK).text(`${order.event} · ${order.organisation}`, { width });
    pdf.moveDown(0.3).font("bold").fontSize(11).text(words.as(order.now), { width });
    pdf.font("plain").fontSize(11).fillColor(QUIET).text(words.says, { width });
    const under = pdf.y + 6 * MM;
    const foot = { width, align: "right", lineBreak: false } as const;
    pdf.fontSize(9).text(words.page(page), MARGIN, A4.height - 16 * MM, foot);
    return under;
  };
  let y = head();
  if (order.people.length === 0) pdf.fontSize(13).fillColor(INK).text(words.none, MARGIN, y, { width });
  for (const { name, label, because } of order.people) {
    if (y + LINE_HEIGHT > LAST) {
      pdf.addPage();
      page++;
      y = head();
    }
    const who = name ?? `${words.nameless} · ${label}`;
    const cell = { height: LINE_HEIGHT, ellipsis: true, lineBreak: false } as const;
    pdf.font("bold").fontSize(13).fillColor(INK);
    pdf.text(who, MARGIN, y, { ...cell, width: width * 0.6 });
    pdf.font("plain").fontSize(10).fillColor(QUIET);
    pdf.text(words[because], MARGIN + width * 0.62, y + 1 * MM, { ...cell, width: width * 0.38 });
    y += LINE_HEIGHT;
    pdf
      .moveTo(MARGIN, y - 2 * MM)
      .lineTo(MARGIN + width, y - 2 * MM)
      .lineWidth(0.5)
      .stroke(LINE);
  }
  return finished(pdf);
}
