// A field that names an operation: typed with suggestions, or taken from the graph.
import { useId, useMemo, useState } from "preact/hooks";
import type { Model } from "../../shared/types";
import { find, type Hit, understand } from "../search";
import { Name, type Places } from "./links";
import { plain } from "./words";

const SUGGESTIONS = 8;

interface Props {
  label: string;
  /** The operation that is chosen, or -1. */
  op: number;
  onChoose: (op: number) => void;
  /** The selected operation, which one button takes over; -1 for none. */
  selected: number;
  at: Places;
  placeholder?: string;
}

export function ChooseOp({
  label,
  op,
  onChoose,
  selected,
  at,
  placeholder = "name of an operation",
}: Props) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const { model } = at;
  const hits = useMemo(
    () => (typed ? find(model, understand(typed), SUGGESTIONS).hits : []),
    [model, typed],
  );
  const choose = (chosen: number | undefined) => {
    if (chosen === undefined) return;
    setTyped(null);
    onChoose(chosen);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) setActive(Math.max(0, Math.min(hits.length - 1, active + move)));
    else if (event.key === "Enter") choose(hits[active]?.op);
    else if (event.key === "Escape" && typed !== null) setTyped(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="ig-choose">
      <label for={id}>{label}</label>
      <div class="ig-field">
        <input
          id={id}
          type="text"
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={hits.length ? `${id}-${active}` : undefined}
          placeholder={placeholder}
          spellcheck={false}
          value={typed ?? plain(model.ops.name[op] ?? "")}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setActive(0);
          }}
          onBlur={() => setTyped(null)}
          onKeyDown={onKeyDown}
        />
        <Suggestions {...{ id, label, model, hits, active, choose }} />
      </div>
      {selected >= 0 && selected !== op && (
        <button type="button" onClick={() => choose(selected)}>
          use the selected one
        </button>
      )}
    </div>
  );
}

interface SuggestionsProps {
  id: string;
  label: string;
  model: Model;
  hits: Hit[];
  active: number;
  choose: (op: number) => void;
}

function Suggestions({ id, label, model, hits, active, choose }: SuggestionsProps) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label={`Names for ${label}`}
      hidden={!hits.length}
    >
      {hits.map((hit, row) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys
        <div
          key={hit.op}
          id={`${id}-${row}`}
          role="option"
          tabIndex={-1}
          aria-selected={row === active}
          // The field keeps the focus, or its loss would close the list.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(hit.op)}
        >
          <Name text={model.ops.name[hit.op]!} />
        </div>
      ))}
    </div>
  );
}
