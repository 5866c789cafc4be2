import { compileMessage } from "@lingui/message-utils/compileMessage";
import { frenchPrint } from "../../../french-print.ts";

type Catalogue = Readonly<Record<string, ReturnType<typeof compileMessage>>>;
export type Catalogues = Readonly<Record<"fr" | "en", Catalogue>>;

type Written = Readonly<Record<string, string>>;

/** Both languages, read as messages; French with its narrow spaces. */
export function compiled(french: Written, english: Written): Catalogues {
  const read = (messages: Written, spaces?: (text: string) => string): Catalogue =>
    Object.fromEntries(
      Object.entries(messages).map(([key, message]) => [key, compileMessage(message, spaces)]),
    );
  return { fr: read(french, frenchPrint), en: read(english) };
}
