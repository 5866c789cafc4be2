import { Button } from "@mantine/core";
import { useEffect, useRef, useState, useSyncExternalStore, type DragEvent } from "react";
import { useWords } from "../language.tsx";
import { chosenFiles, droppedFiles } from "./dropped.ts";
import { isSending, queueOf } from "./queue.ts";

/** Photos by drag and drop, or chosen; what is sent, and what became of it. */
export function DropPhotos({ collection }: { readonly collection: string }) {
  const { t } = useWords();
  const queue = queueOf(collection);
  const state = useSyncExternalStore(queue.subscribe, queue.state);
  const [over, setOver] = useState(false);
  const photos = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (isSending()) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, []);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    void droppedFiles(event.dataTransfer).then((files) => {
      if (files.length > 0) queue.add(files);
    });
  };
  const choose = (input: HTMLInputElement): void => {
    if (input.files && input.files.length > 0) queue.add(chosenFiles(input.files));
    input.value = "";
  };
  const how = {
    no: t("upload.sending"),
    asked: t("upload.paused-by"),
    offline: t("upload.paused"),
    "signed-out": t("upload.paused-by"),
  }[state.paused];
  return (
    <section className="stack" aria-labelledby="upload-title">
      <h2 id="upload-title">{t("upload.title")}</h2>
      <div
        className="drop"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <p>{t("upload.drop")}</p>
        <div className="row">
          <Button onClick={() => photos.current?.click()}>{t("upload.choose")}</Button>
          <Button variant="default" onClick={() => folder.current?.click()}>
            {t("upload.folder")}
          </Button>
        </div>
        <input
          ref={photos}
          type="file"
          hidden
          multiple
          accept="image/*,.heic,.heif,.tif,.tiff,.avif"
          aria-label={t("upload.choose")}
          onChange={(event) => choose(event.currentTarget)}
        />
        <input
          ref={folder}
          type="file"
          hidden
          multiple
          aria-label={t("upload.folder")}
          {...{ webkitdirectory: "" }}
          onChange={(event) => choose(event.currentTarget)}
        />
        <p className="quiet small">{t("upload.reload")}</p>
      </div>
      {state.total > 0 ? (
        <div className="card">
          <p role="status">
            {state.running
              ? t("upload.progress", { done: state.done, total: state.total, state: how })
              : t("upload.finished", { taken: state.taken, known: state.known, out: state.out })}
          </p>
          {state.running ? (
            <progress className="bar" aria-label={t("upload.title")} max={state.total} value={state.done} />
          ) : null}
          {state.paused === "signed-out" ? <p className="trouble-box">{t("upload.signed-out")}</p> : null}
          <div className="row">
            {state.running && (state.paused === "no" || state.paused === "offline") ? (
              <Button variant="default" onClick={queue.pause}>
                {t("upload.pause")}
              </Button>
            ) : null}
            {state.running && (state.paused === "asked" || state.paused === "signed-out") ? (
              <Button onClick={queue.resume}>{t("upload.resume")}</Button>
            ) : null}
            {state.failed.length > 0 ? (
              <Button variant="default" onClick={queue.retry}>
                {t("upload.retry", { n: state.failed.length })}
              </Button>
            ) : null}
          </div>
          {state.notes.length > 0 ? (
            <details>
              <summary>{t("upload.details", { n: state.notes.length })}</summary>
              <ul>
                {state.notes.map((one, i) => (
                  <li key={`${i} ${one.file}`}>
                    {t(`upload.${one.kind}`, { file: one.file, twin: one.twin ?? "" })}
                  </li>
                ))}
              </ul>
            </details>
          ) : null}
        </div>
      ) : null}
    </section>
  );
}
