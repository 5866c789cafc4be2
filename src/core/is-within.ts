import { isAbsolute, relative, sep } from "node:path";

/** Whether a path is a folder or lies below it, by their names alone: links are not looked at. Both absolute. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
