import type { ComponentChildren } from "preact";
import { Link } from "wouter-preact";
import type { Trouble } from "../api.ts";
import { useWords, type Words } from "../language.tsx";
import type { Load } from "../load.ts";
import type { Key } from "../words/fr.ts";

/** Room for what is coming, in its size, so that nothing jumps when it is there. */
export function Waiting({ lines = 3 }: { readonly lines?: number }) {
  const { t } = useWords();
  return (
    <div class="waiting" role="status">
      <span class="unseen">{t("loading")}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span class="skeleton" key={line} />
      ))}
    </div>
  );
}

function kindOf(trouble: Trouble) {
  const code = trouble.problem?.code;
  if (trouble.status === null) return "offline";
  if (trouble.status === 401) return "signed-out";
  if (trouble.status === 429) return "too-many";
  if (trouble.status === 404 || code === "not-found") return "not-found";
  if (trouble.status >= 500) return code === "instance-busy" || trouble.status === 503 ? "busy" : "internal";
  if (code === "refused" || trouble.status === 403) return "refused";
  if (code === "exists" || code === "conflict") return "conflict";
  return "bad-input";
}

function troubleWords(t: Words["t"], trouble: Trouble): { title: string; remedy: string } {
  const kind = kindOf(trouble);
  return {
    title: t(`trouble.${kind}.title` satisfies Key),
    remedy: t(`trouble.${kind}.remedy` satisfies Key),
  };
}

/** What went wrong and what to do. The server's own words, which are English, are one tap away. */
export function TroubleNote({
  trouble,
  hint,
  again,
}: {
  readonly trouble: Trouble;
  readonly hint?: string | undefined;
  readonly again?: (() => void) | undefined;
}) {
  const { t } = useWords();
  const { title, remedy } = troubleWords(t, trouble);
  const problem = trouble.problem;
  return (
    <div class="notice amber trouble" role="alert">
      <p>
        <strong>{title}</strong> {hint ?? remedy}
      </p>
      {problem !== null && (problem.detail !== "" || problem.remedy !== undefined) && (
        <details>
          <summary>{t("trouble.server")}</summary>
          <p lang="en">
            {problem.detail} {problem.remedy}
          </p>
        </details>
      )}
      {again !== undefined && (
        <button type="button" class="button plain" onClick={again}>
          {t("again")}
        </button>
      )}
      {trouble.status === 401 && (
        <Link class="button plain" href="/recover">
          {t("recover.title")}
        </Link>
      )}
    </div>
  );
}

/** Shows `children` of what was read, or what stands in its place. */
export function Show<T>({
  load,
  again,
  lines,
  children,
}: {
  readonly load: Load<T>;
  readonly again: () => void;
  readonly lines?: number;
  readonly children: (value: T) => ComponentChildren;
}) {
  switch (load.state) {
    case "loading":
      return <Waiting {...(lines === undefined ? {} : { lines })} />;
    case "failed":
      return <TroubleNote trouble={load.trouble} again={again} />;
    case "ready":
      return <>{children(load.value)}</>;
  }
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  );
}
