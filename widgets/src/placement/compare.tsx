// "What if?": the same graph in another session, asked of Python; nothing is run.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { errorWords } from "../shared/format";
import { ask } from "../shared/hooks";
import type { WidgetModel } from "../shared/types";

export interface CompareProps {
  model: WidgetModel;
  /** What would change, in words; "" as long as nothing was compared. */
  summary: string;
  onlyChanges: boolean;
  setOnlyChanges(only: boolean): void;
}

export function Compare(props: CompareProps): JSX.Element {
  const { model, summary, onlyChanges, setOnlyChanges } = props;
  const [devices, setDevices] = useState("");
  const [cpus, setCpus] = useState(1);
  const [soft, setSoft] = useState(true);
  const [trouble, setTrouble] = useState("");
  const compare = async (event: Event) => {
    event.preventDefault();
    setTrouble("");
    try {
      await ask(model, { ask: "trial", devices, cpus, soft });
    } catch (error) {
      setTrouble(errorWords(error));
    }
  };
  const press = (event: KeyboardEvent) => {
    const field = event.target as HTMLInputElement;
    if (event.key !== "Enter" || !["text", "number"].includes(field.type)) return;
    // JupyterLab takes Enter for itself, so that the browser would not submit.
    event.preventDefault();
    event.stopPropagation();
    void compare(event);
  };
  return (
    <form
      class="ig-placement-bar ig-placement-compare"
      onSubmit={compare}
      onKeyDown={press}
    >
      <span>What if there were</span>
      <label>
        <input
          type="number"
          min="1"
          max="64"
          value={cpus}
          disabled={devices !== ""}
          onInput={(event) => setCpus(Number(event.currentTarget.value) || 1)}
        />{" "}
        CPUs, or
      </label>
      <label>
        these devices{" "}
        <input
          type="text"
          placeholder="/cpu:0, /gpu:0"
          value={devices}
          onInput={(event) => setDevices(event.currentTarget.value)}
        />
      </label>
      <label>
        <input
          type="checkbox"
          checked={soft}
          onChange={(event) => setSoft(event.currentTarget.checked)}
        />{" "}
        soft placement
      </label>
      <button type="submit">Compare</button>
      <span class="ig-placement-summary" role="status">
        {trouble ? <b class="ig-placement-fails">✕ {trouble}</b> : summary}
      </span>
      {summary && (
        <label>
          <input
            type="checkbox"
            checked={onlyChanges}
            onChange={(event) => setOnlyChanges(event.currentTarget.checked)}
          />{" "}
          only what would change
        </label>
      )}
    </form>
  );
}
