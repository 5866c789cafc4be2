import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { PaperPage } from "../../../../src/http/contract/officer-papers.ts";
import { api, paperFile, type PaperKind } from "../api.ts";
import { useWords } from "../language.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { Ledger } from "./ledger.tsx";
import { OfficerPage } from "./officer-page.tsx";

const PAPERS = ["record", "assessment"] as const satisfies readonly PaperKind[];
type Block = PaperPage["sections"][number]["blocks"][number];

/** The papers that the program drafts: read here, printed, or saved. */
export function Papers() {
  const { t, language } = useWords();
  const [paper, setPaper] = useState<PaperKind>("record");
  const draft = useQuery({
    queryKey: ["officer", "paper", paper, language],
    queryFn: () => api.officer.paper(paper, language),
  });
  return (
    <OfficerPage title={t("officer.papers.title")} says={t("officer.papers.says")}>
      <div className="row not-printed" role="group" aria-label={t("officer.papers.choose")}>
        {PAPERS.map((one) => (
          <Button
            key={one}
            variant={one === paper ? "filled" : "default"}
            aria-pressed={one === paper}
            onClick={() => setPaper(one)}
          >
            {t(`officer.papers.${one}`)}
          </Button>
        ))}
      </div>
      <p className="row not-printed">
        <a className="plain" href={paperFile(paper, "pdf", language)} download>
          {t("officer.papers.pdf")}
        </a>
        <a className="plain" href={paperFile(paper, "html", language)} download>
          {t("officer.papers.html")}
        </a>
        <button type="button" className="plain" onClick={() => window.print()}>
          {t("officer.papers.print")}
        </button>
      </p>
      {draft.isPending ? (
        <Loading />
      ) : draft.isError ? (
        <Failed error={draft.error} again={() => void draft.refetch()} />
      ) : (
        <Draft paper={draft.data} />
      )}
    </OfficerPage>
  );
}

function Draft({ paper }: { readonly paper: PaperPage }) {
  return (
    <article className="paper stack">
      <h2>{paper.title}</h2>
      <p className="card">{paper.note}</p>
      <p className="quiet">{paper.as}</p>
      {paper.sections.map((section) => (
        <section key={section.title} className="stack">
          <h3>{section.title}</h3>
          {section.blocks.map((block, i) => (
            <Part key={`${block.kind} ${i}`} block={block} title={section.title} />
          ))}
        </section>
      ))}
    </article>
  );
}

function Part({ block, title }: { readonly block: Block; readonly title: string }) {
  const { t } = useWords();
  switch (block.kind) {
    case "text":
      return <p>{block.text}</p>;
    case "list":
      return (
        <ul className="points">
          {block.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      );
    case "facts":
      return (
        <dl className="facts">
          {block.rows.map(({ term, value }) => (
            <div key={term} className="fact">
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      );
    case "table":
      return (
        <Ledger
          titled
          caption={title}
          heads={block.heads}
          rows={block.rows.map((cells) => ({ key: cells.join(" "), cells }))}
        />
      );
    case "fill-in":
      return (
        <p className="fill-in">
          <strong>{t("officer.papers.fill-in")}</strong> {block.text}
        </p>
      );
  }
}
