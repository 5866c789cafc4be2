/** French as it is printed: double signs and quotation marks keep to their word by a narrow space; apostrophes are curved. */
export function frenchPrint(text: string): string {
  return text
    .replaceAll(/ (?=[?!:;»])/g, "\u202f")
    .replaceAll("« ", "«\u202f")
    .replaceAll("'", "’");
}
