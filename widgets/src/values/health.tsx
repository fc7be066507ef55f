// The health of a tensor as a bar: patterns and words, not colour alone.
import "./style.css";

/** Counts of what was looked at, as Python's `display.health.Health`. */
export interface Counts {
  looked: number;
  zero: number;
  negative: number;
  positive: number;
  nan: number;
  inf: number;
}

const PARTS = ["zero", "negative", "positive", "nan", "inf"] as const;
const WORDS = {
  zero: "zero",
  negative: "negative",
  positive: "positive",
  nan: "NaN",
  inf: "inf",
};

/** A share that never rounds something to nothing, nor to all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.01) return "< 1 %";
  if (share > 0.99 && share < 1) return "> 99 %";
  return `${Math.round(share * 100)} %`;
}

/** The same words as Python's `Health.words`. */
export function healthWords(counts: Counts): string {
  if (!counts.looked) return "no elements";
  return PARTS.filter((part) => counts[part])
    .map((part) => `${percent(counts[part] / counts.looked)} ${WORDS[part]}`)
    .join(", ");
}

/** A bar with a segment for each kind of element, and words for what is wrong. */
export function HealthBar({ counts }: { counts: Counts }) {
  const words = healthWords(counts);
  const bad = PARTS.slice(3).filter((part) => counts[part]);
  const alarm = bad
    .map((part) => `${percent(counts[part] / counts.looked)} ${WORDS[part]}`)
    .join(", ");
  return (
    <span class="ig-health" role="img" aria-label={words} title={words}>
      <span class="ig-health-bar">
        {PARTS.filter((part) => counts[part]).map((part) => (
          <span
            key={part}
            class={`ig-part ig-${part}`}
            style={{ flexGrow: counts[part] / counts.looked }}
          />
        ))}
      </span>
      {alarm && <strong class="ig-alarm">{alarm}</strong>}
    </span>
  );
}

/** What the patterns mean. */
export function HealthKey() {
  return (
    <span class="ig-key">
      {PARTS.map((part) => (
        <span key={part}>
          <span class={`ig-part ig-${part}`} /> {WORDS[part]}
        </span>
      ))}
    </span>
  );
}
