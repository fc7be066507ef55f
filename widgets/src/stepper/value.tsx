// A value in small: a line of text, or a table whose cells are coloured by size.
import { kind, type Shown } from "./model";

export function Value({
  value,
  select,
}: {
  value: Shown;
  select?: (name: string) => void;
}) {
  const short = value.cells.length === 0;
  return (
    <div class="ig-step-value">
      {select ? (
        <button
          type="button"
          class="ig-step-name"
          onClick={() => select(value.name.replace(/:\d+$/, ""))}
        >
          {value.name}
        </button>
      ) : (
        <span class="ig-mono">{value.name}</span>
      )}
      <span class="ig-muted">{kind(value)}</span>
      {short ? (
        <code class="ig-step-text">{scalar(value)}</code>
      ) : (
        <Cells value={value} />
      )}
    </div>
  );
}

/** The text without the dtype and shape that stand before it. */
function scalar(value: Shown): string {
  return value.text.replace(/^\w+ (\[[\d, ]*\] )?/, "");
}

function Cells({ value }: { value: Shown }) {
  const rows = value.shape.length > 1 ? (value.shape.at(-2) ?? 1) : 1;
  const columns = value.shape.at(-1) ?? 1;
  const more = rows > value.cells.length || columns > (value.cells[0]?.length ?? 0);
  const whole = value.shape.length < 3 && !more;
  return (
    <div class="ig-step-cells">
      <table class="ig-mono" aria-label={`Values of ${value.name}`}>
        <tbody>
          {value.cells.map((row, i) => (
            <tr key={i}>
              {row.map((text, j) => (
                <Cell key={j} text={text} heat={value.heat[i]?.[j] ?? null} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {!whole && <span class="ig-muted">its first {size(value)}</span>}
    </div>
  );
}

function size(value: Shown): string {
  return `${value.cells.length} × ${value.cells[0]?.length ?? 0}`;
}

function Cell({ text, heat }: { text: string; heat: number | null }) {
  if (heat === null) return <td class="ig-step-odd">{text}</td>;
  return <td style={{ "--heat": `${Math.round(heat * 55)}%` }}>{text}</td>;
}
