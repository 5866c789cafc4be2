import type { Sent } from "./queue.ts";

/** The files of a drop, folders and what is below them included; hidden files are passed over. */
export async function droppedFiles(data: DataTransfer): Promise<readonly Sent[]> {
  const entries = [...data.items].flatMap((item) => {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
  const found: Sent[] = [];
  for (const entry of entries) await walk(entry, "", found);
  return found;
}

async function walk(entry: FileSystemEntry, folder: string, found: Sent[]): Promise<void> {
  if (entry.name.startsWith(".")) return;
  const name = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    found.push({ name, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A browser gives at most a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return;
    for (const one of some) await walk(one, `${name}/`, found);
  }
}

/** The files of a file field. */
export function chosenFiles(list: FileList): readonly Sent[] {
  return [...list].flatMap((file) =>
    file.name.startsWith(".") ? [] : [{ name: file.webkitRelativePath || file.name, file }],
  );
}
