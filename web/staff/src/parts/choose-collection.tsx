import { NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "../api.ts";
import { useWords } from "../language.tsx";

/** One of the collections, or all of them: then the value is empty. */
export function ChooseCollection({
  value,
  choose,
}: {
  readonly value: string;
  readonly choose: (collection: string) => void;
}) {
  const { t } = useWords();
  const collections = useQuery({ queryKey: ["collections"], queryFn: api.collections });
  return (
    <NativeSelect
      label={t("team.where")}
      value={value}
      onChange={(event) => choose(event.currentTarget.value)}
      data={[
        { value: "", label: t("team.everywhere") },
        ...(collections.data ?? []).map((one) => ({ value: one.id, label: one.name })),
      ]}
    />
  );
}
