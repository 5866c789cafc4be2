import type { Me } from "../../../../src/http/contract/person.ts";
import { useWords, type Words } from "../language.tsx";
import { frenchSpaces } from "../words/french-spaces.ts";

type Text = Me["texts"][number];

/** What a use is called in one line. The text that is signed stands beside it. */
export function titleOf(t: Words["t"], use: Pick<Text, "purpose" | "channel">): string {
  if (use.purpose !== "publish" || use.channel === null) return t(`purpose.${use.purpose}`);
  return use.channel === "companions"
    ? t("purpose.publish.companions")
    : t("purpose.publish.channel", { channel: use.channel });
}

/**
 * A text that gets signed, word for word. `titled`: below the use's name, for a list of uses. `plain`: the words alone.
 * Otherwise as a card, with the version.
 */
export function SignedText({
  text,
  plain,
  titled,
}: {
  readonly text: Text;
  readonly plain?: boolean;
  readonly titled?: boolean;
}) {
  const { language, t } = useWords();
  // The words are as they are signed; in French only the spaces before double signs are shown narrow.
  const shown = language === "fr" ? frenchSpaces(text.fr) : text.en;
  if (plain === true) return <span class="signed-words">{shown}</span>;
  if (titled === true) {
    return (
      <span class="signed-words">
        <strong>{titleOf(t, text)}</strong>
        <span class="signed-below">{shown}</span>
      </span>
    );
  }
  return (
    <div class="signed">
      <p class="signed-words">{shown}</p>
      <p class="quiet small">{t("text.version", { version: text.version })}</p>
    </div>
  );
}
