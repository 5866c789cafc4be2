import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ClaimOpened, Claims as ClaimList } from "../../../../src/http/contract/staff-matters.ts";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { nameOf } from "../parts/person-name.tsx";
import { Reason } from "../parts/reason.tsx";
import { carried, SeenPicture } from "../parts/seen-picture.tsx";
import { Title } from "../parts/shell.tsx";
import { Failed, Loading } from "../parts/states.tsx";

type OpenClaim = ClaimList["claims"][number];

/** "This is me", said without face recognition, oldest first. */
export function Claims() {
  const { t } = useWords();
  const list = useQuery({ queryKey: ["claims"], queryFn: api.claims });
  return (
    <>
      <Title>{t("claims.title")}</Title>
      <p className="narrow">{t("claims.says")}</p>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failed error={list.error} again={() => void list.refetch()} />
      ) : list.data.length === 0 ? (
        <p>{t("claims.empty")}</p>
      ) : (
        <ul className="lines">
          {list.data.map((one) => (
            <li key={one.id}>
              <Claim claim={one} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Claim({ claim }: { readonly claim: OpenClaim }) {
  const { t, moment } = useWords();
  const [reason, setReason] = useState("");
  const [seen, setSeen] = useState<ClaimOpened | null>(null);
  return (
    <>
      <h2>{t("claims.line", { collection: claim.collectionName })}</h2>
      <p className="quiet small">{t("claims.since", { time: moment(claim.at) })}</p>
      {seen ? (
        <Answer claim={claim} seen={seen} />
      ) : (
        <Form send={() => api.openClaim(claim.id, reason.trim())} done={setSeen}>
          {(busy) => (
            <>
              <Reason className="narrow" reason={reason} change={setReason} />
              <Button type="submit" variant="default" loading={busy} disabled={reason.trim() === ""}>
                {t("claims.open")}
              </Button>
            </>
          )}
        </Form>
      )}
    </>
  );
}

function Answer({ claim, seen }: { readonly claim: OpenClaim; readonly seen: ClaimOpened }) {
  const { t } = useWords();
  const client = useQueryClient();
  const settle = useMutation({
    mutationFn: (outcome: "accepted" | "refused") => api.settleClaim(claim.id, outcome),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["claims"] });
      await client.invalidateQueries({ queryKey: ["collection"] });
    },
  });
  return (
    <>
      <p>{t("claims.question", { name: nameOf(t, seen.who) })}</p>
      <div className="sheet">
        <figure>
          <SeenPicture
            src={carried(seen.picture)}
            alt={t("claims.picture")}
            width={seen.width}
            height={seen.height}
            rings={[seen.box]}
          />
          <figcaption>
            <p className="file">{seen.file}</p>
            <div className="answers">
              <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate("accepted")}>
                {t("claims.yes")}
              </Button>
              <Button variant="default" loading={settle.isPending} onClick={() => settle.mutate("refused")}>
                {t("claims.no")}
              </Button>
            </div>
            <p className="quiet small">{t("claims.answer-says")}</p>
            {settle.isError ? <Failed error={settle.error} /> : null}
          </figcaption>
        </figure>
      </div>
    </>
  );
}
