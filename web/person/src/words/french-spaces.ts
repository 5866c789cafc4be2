/** In French, double signs and quotation marks keep to their word by a narrow space that does not break. */
export function frenchSpaces(text: string): string {
  return text.replaceAll(/ (?=[?!:;»])/g, "\u202f").replaceAll("« ", "«\u202f");
}
