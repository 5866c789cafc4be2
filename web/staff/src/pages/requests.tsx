import { Button, Radio } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Requests as RequestList } from "../../../../src/http/contract/staff.ts";
import { api, requestPicture } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type OpenRequest = RequestList["requests"][number];

/** "Hide me" and "report this photo", due first. */
export function Requests() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["requests"], queryFn: api.requests });
  return (
    <>
      <Title>{t("requests.title")}</Title>
      <p className="narrow">{t("requests.says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <p>{t("requests.empty")}</p>
      ) : (
        <ul className="lines">
          {list.data.map((one) => (
            <li key={one.id}>
              <Request request={one} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Request({ request }: { readonly request: OpenRequest }) {
  const { t, day, moment } = useWords();
  const client = useQueryClient();
  const [outcome, setOutcome] = useState<"hidden" | "withheld" | "no-change" | "">("");
  const outcomes = request.face
    ? (["hidden", "withheld", "no-change"] as const)
    : (["withheld", "no-change"] as const);
  return (
    <>
      <h2>
        {t(`requests.${request.kind}`)}
        {request.collectionName === null ? "" : ` · ${request.collectionName}`}
      </h2>
      <p className="quiet small">
        {moment(request.openedAt)} · {t("requests.due", { day: day(request.dueAt) })}
        {request.file === null ? "" : ` · ${request.file}`}
      </p>
      {request.photo === null ? null : (
        <figure className="sheet narrow">
          <div className="seen">
            <img src={requestPicture(request.id)} alt={t("requests.picture")} />
            {request.place === null ? null : (
              <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
                <rect x={request.place.x * 100 - 4} y={request.place.y * 100 - 4} width="8" height="8" />
                <rect x={request.place.x * 100 - 4} y={request.place.y * 100 - 4} width="8" height="8" />
              </svg>
            )}
          </div>
          <figcaption className="small">
            {t("requests.picture")}. {request.place === null ? "" : t("requests.place")}{" "}
            {request.face ? "" : t("requests.no-face")}
          </figcaption>
        </figure>
      )}
      {request.note === null ? null : (
        <p>
          <strong>{t("requests.note")}</strong> {request.note}
        </p>
      )}
      {request.contact === null ? null : (
        <p>
          <strong>{t("requests.contact")}</strong> {request.contact}
        </p>
      )}
      <Form
        send={() => api.closeRequest(request.id, outcome === "" ? "no-change" : outcome)}
        done={() => {
          void client.invalidateQueries({ queryKey: ["requests"] });
          void client.invalidateQueries({ queryKey: ["collection"] });
        }}
      >
        {(busy) => (
          <>
            <fieldset>
              <legend>{t("requests.choose")}</legend>
              {outcomes.map((one) => (
                <Radio
                  key={one}
                  name={`outcome-${request.id}`}
                  label={t(`requests.${one}`)}
                  required
                  checked={outcome === one}
                  onChange={() => setOutcome(one)}
                />
              ))}
            </fieldset>
            <Button type="submit" loading={busy} disabled={outcome === ""}>
              {t("requests.go")}
            </Button>
          </>
        )}
      </Form>
    </>
  );
}
