import type { Me } from "../../../../src/http/contract/person.ts";
import { useWords, type Words } from "../language.tsx";
import { frenchPrint } from "../../../french-print.ts";

type Text = Me["texts"][number];

/** What a use is called in one line. The text that is signed stands beside it. */
export function titleOf(t: Words["t"], use: Pick<Text, "purpose" | "channel">): string {
  if (use.purpose !== "publish" || use.channel === null) return t(`purpose.${use.purpose}`);
  return use.channel === "companions"
    ? t("purpose.publish.companions")
    : t("purpose.publish.channel", { channel: use.channel });
}

/**
 * A text that gets signed, word for word, its first sentence set off. `titled`: as an entry in a list of uses. `plain`: the
 * words alone. Otherwise as a card, with the version.
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
  // The words are as they are signed; in French only spaces and apostrophes are shown as print has them.
  const shown = language === "fr" ? frenchPrint(text.fr) : text.en;
  const [first, rest] = firstSentence(shown);
  if (plain === true) return <span class="signed-words">{shown}</span>;
  if (titled === true) {
    return (
      <span class="signed-words">
        <strong>{first}</strong>
        {rest !== "" && <span class="signed-below">{rest}</span>}
      </span>
    );
  }
  return (
    <div class="signed">
      <p class="signed-words">
        <strong>{first}</strong> {rest}
      </p>
      <p class="quiet small">{t("text.version", { version: text.version })}</p>
    </div>
  );
}

/** What it is about and what follows: the first sentence, or of a single one the words before the comma. */
function firstSentence(text: string): [string, string] {
  const end = [". ", ", "].map((sign) => text.indexOf(sign)).find((at) => at >= 0);
  return end === undefined ? [text, ""] : [text.slice(0, end + 1), text.slice(end + 2)];
}
