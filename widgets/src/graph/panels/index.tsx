// What stands beside the graph: a search, and below it one panel at a time.
//
// Nothing of it is open until it is asked for: a learner sees the graph first.
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import type { GraphActions, PanelsProps } from "../actions";
import { Details } from "./details";
import type { Places } from "./links";
import { Optimised } from "./optimised";
import { Paths, type Trace } from "./paths";
import { ProgramText } from "./program";
import { Search } from "./search";
import { ShowProgram } from "./show_program";
import "./style.css";

const TABS = { node: "Details", paths: "Paths", program: "Program" } as const;
type Tab = keyof typeof TABS;

export function Panels(props: PanelsProps) {
  const { model, selected, hovered, program, command, marks } = props;
  const actions = useLatest(props.actions);
  const at: Places = { model, actions, hovered };
  const [tab, setTab] = useState<Tab | null>(null);
  const [trace, setTrace] = useState<Trace>("inputs");
  const [summoned, setSummoned] = useState(0);
  const id = useId();
  const startTrace = (what: string) => {
    setTrace(what as Trace);
    setTab("paths");
  };
  useEffect(() => {
    if (command?.what === "search") setSummoned(command.at);
    else if (command?.what === "details") setTab("node");
    else if (command?.what === "trace") startTrace("inputs");
    else if (command?.what === "leave") setTab((now) => (now === "paths" ? null : now));
  }, [command]);
  // A program that Python shows is there to be seen.
  useEffect(() => {
    if (program.lines) setTab("program");
  }, [program]);
  return (
    <aside class="ig-panels" aria-label="About the graph">
      <Search at={at} summoned={summoned} alone={!tab} />
      <Tabs id={id} tab={tab} onChange={setTab} />
      {tab && (
        <div
          class="ig-panel"
          id={`${id}-panel`}
          role="tabpanel"
          aria-labelledby={`${id}-${tab}`}
        >
          {tab === "node" && (
            <Details at={at} selected={selected} marks={marks} onTrace={startTrace} />
          )}
          {tab === "paths" && (
            <Paths at={at} selected={selected} trace={trace} onTrace={setTrace} />
          )}
          {tab === "program" && (
            <ProgramPanel at={at} selected={selected} program={program} />
          )}
        </div>
      )}
    </aside>
  );
}

/**
 * The same object in every drawing, which does what the latest actions do.
 *
 * Theirs change with every scope that opens; what is asked or pointed out here stays.
 */
function useLatest(actions: GraphActions): GraphActions {
  const latest = useRef(actions);
  latest.current = actions;
  return useMemo(
    () => ({
      select: (name) => latest.current.select(name),
      reveal: (op) => latest.current.reveal(op),
      highlight: (ops, words) => latest.current.highlight(ops, words),
      setOpen: (keys) => latest.current.setOpen(keys),
      hover: (name) => latest.current.hover(name),
      ask: (question) => latest.current.ask(question),
    }),
    [],
  );
}

function ProgramPanel({
  at,
  selected,
  program,
}: {
  at: Places;
  selected: string;
  program: PanelsProps["program"];
}) {
  const [optimised, setOptimised] = useState(false);
  useEffect(() => setOptimised(program.view === "optimised"), [program]);
  const { rewriting } = program;
  if (!program.lines) return <ShowProgram at={at} selected={selected} />;
  return (
    <>
      <div class="ig-switch">
        <button
          type="button"
          aria-pressed={!optimised}
          onClick={() => setOptimised(false)}
        >
          what runs
        </button>
        {rewriting && (
          <button
            type="button"
            aria-pressed={optimised}
            onClick={() => setOptimised(true)}
          >
            what was optimised
          </button>
        )}
        <ShowProgram at={at} selected={selected} short />
      </div>
      {optimised && rewriting ? (
        <Optimised at={at} rewriting={rewriting} />
      ) : (
        <ProgramText at={at} selected={selected} program={program} />
      )}
    </>
  );
}

interface TabsProps {
  id: string;
  tab: Tab | null;
  onChange: (tab: Tab | null) => void;
}

/** One of three, or none: the open one closes when it is pressed again. */
function Tabs({ id, tab, onChange }: TabsProps) {
  const keys = Object.keys(TABS) as Tab[];
  const onKeyDown = (event: KeyboardEvent) => {
    const at = keys.indexOf(tab ?? keys[0]!);
    const to = {
      ArrowRight: (at + 1) % keys.length,
      ArrowLeft: (at + keys.length - 1) % keys.length,
      Home: 0,
      End: keys.length - 1,
    }[event.key];
    if (to === undefined) return;
    onChange(keys[to]!);
    document.getElementById(`${id}-${keys[to]}`)?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="ig-tabs" role="tablist" aria-label="About the graph">
      {keys.map((key) => (
        <button
          key={key}
          id={`${id}-${key}`}
          type="button"
          role="tab"
          aria-selected={tab === key}
          aria-controls={tab === key ? `${id}-panel` : undefined}
          tabIndex={tab === key || (tab === null && key === "node") ? 0 : -1}
          onClick={() => onChange(tab === key ? null : key)}
          onKeyDown={onKeyDown}
        >
          {TABS[key]}
        </button>
      ))}
    </div>
  );
}
