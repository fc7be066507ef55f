// How each box looks beyond its shape: selected, dimmed, coloured, marked.
import { counted } from "../shared/format";
import type { Box } from "../shared/types";
import type { Change } from "./actions";
import { isScopeKind } from "./boxes";
import type { Shade } from "./overlay";

export interface Badge {
  text: string;
  words: string;
}

export interface ChangeBadge extends Badge {
  /** The one change of all that it stands for, or "mixed". */
  change: Change | "mixed";
}

export interface Looks {
  /** Key of the box that is selected, or holds what is. */
  selected: string;
  /** Whether the selection itself is inside that box. */
  within: boolean;
  hovered: string;
  /** Keys that are not dimmed; null dims nothing. */
  bright: Set<string> | null;
  shades: Map<string, Shade> | null;
  badges: Map<string, Badge>;
  changes: Map<string, ChangeBadge>;
  /** Scopes whose insides Python was asked for. */
  awaited: Set<string>;
}

const SIGNS: Record<Change, string> = {
  added: "+",
  removed: "−",
  changed: "~",
  moved: "→",
};

/** What happened to the operations that each box stands for. */
export function changeBadges(
  changes: Record<string, Change>,
  keyOf: (name: string) => string,
): Map<string, ChangeBadge> {
  const found = new Map<string, Map<Change, number>>();
  for (const [name, change] of Object.entries(changes)) {
    const key = keyOf(name);
    if (!key || !(change in SIGNS)) continue;
    const counts = found.get(key) ?? new Map<Change, number>();
    found.set(key, counts.set(change, (counts.get(change) ?? 0) + 1));
  }
  return new Map(
    [...found].map(([key, counts]) => {
      const parts = [...counts];
      const text = parts
        .map(([change, n]) => SIGNS[change] + (n > 1 ? n : ""))
        .join(" ");
      const words = parts
        .map(([change, n]) => `${n > 1 ? `${n} ` : ""}${change}`)
        .join(", ");
      return [
        key,
        { text, words, change: parts.length === 1 ? parts[0]![0] : "mixed" },
      ];
    }),
  );
}

const KIND_WORDS: Record<string, string> = {
  scope: "name scope",
  section: "section of a long list",
};

/** A box in words: what a screen reader says, and what a tooltip shows. */
export function boxWords(box: Box, key: string, looks: Looks): string {
  const kind = KIND_WORDS[box.kind] ?? box.kind;
  const type = box.type && box.type !== box.label ? ` ${box.type}` : "";
  const words = [`${box.label}, ${kind}${type}`];
  if (isScopeKind(box.kind)) words.push(counted(box.count, "operation"));
  else words.push(...box.lines.filter((line) => line && line !== box.type));
  if (box.inputs.length) words.push(`from ${listed(box.inputs)}`);
  if (box.outputs.length) words.push(`gives ${listed(box.outputs)}`);
  if (box.devices.length) words.push(`on ${listed(box.devices.map(([name]) => name))}`);
  if (box.asked) words.push("asked for");
  const more = [looks.shades?.get(key), looks.badges.get(key), looks.changes.get(key)];
  for (const one of more) if (one) words.push(one.words);
  return words.join("; ");
}

function listed(words: string[]): string {
  const more = words.length > 4 ? ` and ${words.length - 4} more` : "";
  return words.slice(0, 4).join(", ") + more;
}
