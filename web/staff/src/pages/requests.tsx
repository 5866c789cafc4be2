import { Button, Radio } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Requests as RequestList } from "../../../../src/http/contract/staff.ts";
import { api, requestPicture, type RequestOutcome } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type OpenRequest = RequestList["requests"][number];

/** What is asked and demanded, due first. */
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
  const [outcome, setOutcome] = useState<RequestOutcome | "">("");
  return (
    <>
      <h2>
        {t(`requests.${request.kind}`)}
        {request.collectionName === null ? "" : ` · ${request.collectionName}`}
      </h2>
      <p className="quiet small">
        {moment(request.openedAt)} ·{" "}
        {request.overdue ? (
          <strong>{t("requests.overdue", { day: day(request.dueAt) })}</strong>
        ) : (
          t("requests.due", { day: day(request.dueAt) })
        )}
        {request.file === null ? "" : ` · ${request.file}`}
      </p>
      <div className="request">
        {request.photo === null ? null : (
          <figure>
            <div className="seen">
              <img src={requestPicture(request.id)} alt={t("requests.picture")} />
              {request.place === null ? null : (
                <span
                  className="spot"
                  aria-hidden="true"
                  style={{ left: `${request.place.x * 100}%`, top: `${request.place.y * 100}%` }}
                />
              )}
            </div>
            <figcaption className="quiet small">
              {t("requests.picture")}. {request.place === null ? "" : t("requests.place")}{" "}
              {request.place === null || request.face ? "" : t("requests.no-face")}
            </figcaption>
          </figure>
        )}
        <div>
          {request.person === null ? null : (
            <p>
              {t("requests.by-command")} <code>{request.person}</code>
            </p>
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
                  {outcomesOf(request).map((one) => (
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
        </div>
      </div>
    </>
  );
}

function outcomesOf(request: OpenRequest): readonly RequestOutcome[] {
  switch (request.kind) {
    case "hide-me":
    case "report":
      return request.face ? ["hidden", "withheld", "no-change"] : ["withheld", "no-change"];
    case "access":
    case "correct":
    case "object":
    case "erase":
      return ["done", "refused"];
  }
}
