import { useWords } from "./language.tsx";
import { Page } from "./parts/page.tsx";

export function NoPage() {
  const { t } = useWords();
  return (
    <Page title={t("no-page.title")} back="/me">
      <p>{t("no-page.says")}</p>
    </Page>
  );
}
