import { Button, Checkbox, NativeSelect, Radio, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";
import { Form } from "../parts/form.tsx";
import { Back, Title } from "../parts/shell.tsx";

interface Channel {
  readonly key: number;
  readonly name: string;
  readonly public: boolean;
}

const PRESETS = ["event", "club", "archive", "press", "school", "employer"] as const;
type Preset = (typeof PRESETS)[number];
/** Where those in the photos depend on the organisation, so that their yes may not be free. */
const DEPENDENT: readonly Preset[] = ["school", "employer"];

const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);

/** As the server takes them (photos/collections.ts). */
const MOST_CHANNEL_LETTERS = 40;
const oneWord = (text: string): string => text.replaceAll(/\s+/g, "-").replaceAll(/[^\p{L}\p{N}_.-]/gu, "");

export function NewCollectionPage() {
  const { t } = useWords();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [purpose, setPurpose] = useState("");
  const [matching, setMatching] = useState<"off" | "enrolled">("off");
  const [preset, setPreset] = useState<Preset>("event");
  const [justification, setJustification] = useState("");
  const [guardians, setGuardians] = useState<1 | 2>(1);
  const justifies = matching === "enrolled" && DEPENDENT.includes(preset);
  const [channels, setChannels] = useState<readonly Channel[]>(() => [
    { key: 0, name: t("new.channel-example"), public: true },
  ]);
  // A date to think about: what is kept for ever is kept for nobody.
  const [retainUntil, setRetainUntil] = useState(() => inDays(365));
  const [joinUntil, setJoinUntil] = useState("");
  const [attestation, setAttestation] = useState("");
  const change = (key: number, part: Partial<Channel>): void =>
    setChannels((all) => all.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const send = () =>
    api.makeCollection({
      name,
      purpose,
      matching,
      channels: channels
        .filter((one) => one.name.trim() !== "")
        .map(({ name: called, public: open }) => ({ name: called.trim(), public: open })),
      retainUntil,
      attestation,
      preset,
      guardians,
      ...(justifies ? { justification } : {}),
      ...(joinUntil === "" ? {} : { joinUntil }),
    });
  return (
    <>
      <Title above={<Back to="/" label={t("nav.collections")} />}>{t("new.title")}</Title>
      <Form
        className="narrow"
        send={send}
        done={({ id }) => {
          void client.invalidateQueries({ queryKey: ["collections"] });
          navigate(`/collections/${id}`);
        }}
      >
        {(busy) => (
          <>
            <TextInput
              label={t("new.name")}
              description={t("new.name-hint")}
              required
              withAsterisk={false}
              maxLength={200}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Textarea
              label={t("new.purpose")}
              description={t("new.purpose-hint")}
              required
              withAsterisk={false}
              rows={3}
              maxLength={2000}
              value={purpose}
              onChange={(event) => setPurpose(event.currentTarget.value)}
            />
            <NativeSelect
              label={t("new.preset")}
              value={preset}
              onChange={(event) => {
                const chosen = PRESETS.find((one) => one === event.currentTarget.value) ?? "event";
                setPreset(chosen);
                if (DEPENDENT.includes(chosen)) setMatching("off");
              }}
              data={PRESETS.map((one) => ({ value: one, label: t(`new.preset-${one}`) }))}
            />
            <fieldset>
              <legend>{t("new.matching")}</legend>
              {(["off", "enrolled"] as const).map((mode) => (
                <Radio
                  key={mode}
                  name="matching"
                  label={t(`new.matching-${mode}`)}
                  description={t(`new.matching-${mode}-says`)}
                  checked={matching === mode}
                  onChange={() => setMatching(mode)}
                />
              ))}
            </fieldset>
            {justifies ? (
              <Textarea
                label={t("new.justification")}
                description={t("new.justification-hint")}
                required
                withAsterisk={false}
                rows={4}
                minLength={40}
                maxLength={2000}
                value={justification}
                onChange={(event) => setJustification(event.currentTarget.value)}
              />
            ) : null}
            <fieldset>
              <legend>{t("new.guardians")}</legend>
              {([1, 2] as const).map((number) => (
                <Radio
                  key={number}
                  name="guardians"
                  label={t(`new.guardians-${number}`)}
                  checked={guardians === number}
                  onChange={() => setGuardians(number)}
                />
              ))}
            </fieldset>
            <fieldset>
              <legend>{t("new.channels")}</legend>
              <p className="quiet small">{t("new.channels-hint")}</p>
              {channels.map((one, i) => (
                <div key={one.key} className="row">
                  <TextInput
                    aria-label={`${t("new.channel")} ${i + 1}`}
                    placeholder={t("new.channel-example")}
                    maxLength={MOST_CHANNEL_LETTERS}
                    value={one.name}
                    // A channel is named in one word: it stands in consents, in folders and on the command line.
                    onChange={(event) => change(one.key, { name: oneWord(event.currentTarget.value) })}
                  />
                  <Checkbox
                    label={t("new.channel-public")}
                    checked={one.public}
                    onChange={(event) => change(one.key, { public: event.currentTarget.checked })}
                  />
                  {channels.length > 1 ? (
                    <button
                      type="button"
                      className="plain"
                      aria-label={t("new.channel-remove", { name: one.name || String(i + 1) })}
                      onClick={() => setChannels((all) => all.filter((other) => other.key !== one.key))}
                    >
                      {t("account.remove")}
                    </button>
                  ) : null}
                </div>
              ))}
              <button
                type="button"
                className="plain"
                onClick={() =>
                  setChannels((all) => [
                    ...all,
                    { key: Math.max(...all.map((one) => one.key)) + 1, name: "", public: true },
                  ])
                }
              >
                + {t("new.channel-add")}
              </button>
            </fieldset>
            <div className="days described">
              <TextInput
                label={t("new.retain")}
                description={t("new.retain-hint")}
                type="date"
                required
                withAsterisk={false}
                min={inDays(0)}
                value={retainUntil}
                onChange={(event) => setRetainUntil(event.currentTarget.value)}
              />
              <TextInput
                label={`${t("new.join")} (${t("optional")})`}
                description={t("new.join-hint")}
                type="date"
                min={inDays(0)}
                value={joinUntil}
                onChange={(event) => setJoinUntil(event.currentTarget.value)}
              />
            </div>
            <Textarea
              label={t("new.attestation")}
              description={t("new.attestation-hint")}
              required
              withAsterisk={false}
              rows={2}
              maxLength={2000}
              value={attestation}
              onChange={(event) => setAttestation(event.currentTarget.value)}
            />
            <Button type="submit" loading={busy}>
              {t("new.go")}
            </Button>
          </>
        )}
      </Form>
    </>
  );
}
