import { escapeHtml } from "./escape-html.ts";
import { sayIn, type Block, type Paper } from "./paper.ts";

const STYLE = `
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; font: 17px/1.5 system-ui, sans-serif; color: #221f1b; background: #fff; }
h1, h2 { line-height: 1.25; break-after: avoid; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; font-size: 0.9em; }
th, td { padding: 0.4rem 0.6rem; border: 1px solid #8a8275; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
tr, .fill-in { break-inside: avoid; }
dt { font-weight: bold; } dd { margin: 0 0 0.6rem; }
.fill-in { padding: 0.6rem 1rem 3rem; border: 2px dashed #8a5a00; }
.note { padding: 0.6rem 1rem; border: 1px solid #8a8275; }
`;

/** A paper as one page that needs no network and runs nothing; whatever is in it is text. */
export function paperHtml(paper: Paper): string {
  const say = sayIn(paper.language);
  const title = escapeHtml(paper.title);
  const sections = paper.sections.map(
    (one) =>
      `<section>\n<h2>${escapeHtml(one.title)}</h2>\n${one.blocks.map((block) => blockHtml(block, say("À compléter", "To be filled in"))).join("\n")}\n</section>`,
  );
  return `<!doctype html>
<html lang="${paper.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<p class="note">${escapeHtml(paper.note)}</p>
<p>${escapeHtml(paperMoment(paper))}</p>
${sections.join("\n")}
</body>
</html>
`;
}

/** When what a paper says was read, in a sentence. */
export function paperMoment({ language, at }: Pick<Paper, "language" | "at">): string {
  const format = new Intl.DateTimeFormat(language === "fr" ? "fr-FR" : "en-GB", {
    dateStyle: "long",
    timeStyle: "short",
    timeZone: "UTC",
  });
  return sayIn(language)(`État du ${format.format(at)} (UTC).`, `As of ${format.format(at)} (UTC).`);
}

function blockHtml(block: Block, mark: string): string {
  const cells = (tag: string, of: readonly string[]): string =>
    `<tr>${of.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag.split(" ")[0]}>`).join("")}</tr>`;
  switch (block.kind) {
    case "text":
      return `<p>${escapeHtml(block.text)}</p>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
    case "facts":
      return `<dl>${block.rows.map(([term, value]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(value)}</dd>`).join("")}</dl>`;
    case "table":
      return `<table>${cells('th scope="col"', block.heads)}${block.rows.map((row) => cells("td", row)).join("")}</table>`;
    case "fill-in":
      return `<p class="fill-in"><strong>${escapeHtml(mark)}.</strong> ${escapeHtml(block.text)}</p>`;
  }
}
