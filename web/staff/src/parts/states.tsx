import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Trouble } from "../api.ts";
import { isKey, useWords, type Words } from "../language.tsx";

export function Loading() {
  const { t } = useWords();
  return (
    <p className="quiet waiting" role="status">
      {t("loading")}
    </p>
  );
}

/** Fetches the rest of a list, page by page. */
export function More({
  list,
}: {
  readonly list: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
}) {
  const { t } = useWords();
  if (!list.hasNextPage) return null;
  return (
    <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
      {t("more")}
    </Button>
  );
}

export function Empty({
  title,
  says,
  children,
}: {
  readonly title: string;
  readonly says?: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="card narrow">
      <h2>{title}</h2>
      {says === undefined ? null : <p>{says}</p>}
      {children}
    </div>
  );
}

/** What a code of the server means, in the reader's language. */
export function meaning(t: Words["t"], code: string): string {
  const key = `trouble.${code}`;
  return t(isKey(key) ? key : "trouble.other");
}

/** What went wrong and, where only the server can say what exactly, its own sentence. */
export function Failed({
  error,
  again,
  says,
}: {
  readonly error: unknown;
  readonly again?: () => void;
  readonly says?: string;
}) {
  const { t } = useWords();
  const trouble = error instanceof Trouble ? error : null;
  const own = ["bad-input", "refused", "conflict", "exists"].includes(trouble?.code ?? "");
  return (
    <div className="trouble-box" role="alert">
      <p>{says ?? meaning(t, trouble?.code ?? "other")}</p>
      {own && says === undefined && trouble?.problem?.detail ? (
        <p className="small" lang="en">
          <span lang={document.documentElement.lang}>{t("trouble.server")}</span> {trouble.problem.detail}.{" "}
          {trouble.problem.remedy}
        </p>
      ) : null}
      {again ? (
        <Button variant="default" mt="sm" onClick={again}>
          {t("again")}
        </Button>
      ) : null}
    </div>
  );
}
