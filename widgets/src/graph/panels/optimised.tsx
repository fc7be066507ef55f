// What optimisation did to a step: which operations do not run as such, and why.
import type { Rewriting } from "../actions";
import { Fold, GoesTo, OpLink, type Places, Some } from "./links";
import { plain } from "./words";

export function Optimised({ at, rewriting }: { at: Places; rewriting: Rewriting }) {
  const { before, after, groups } = rewriting;
  return (
    <>
      <p>
        {before} operations in the graph, <strong>{after}</strong> in the program.
      </p>
      {groups.map((group) => (
        <Fold
          key={group.what}
          title={
            <>
              {plain(group.what)} <span class="ig-muted">{group.ops.length}</span>
            </>
          }
        >
          {() => (
            <>
              <p class="ig-muted">{plain(group.words)}</p>
              <button
                type="button"
                class="ig-link"
                onClick={() =>
                  at.actions.highlight(
                    group.ops.map(({ op }) => op),
                    `${group.ops.length} ${plain(group.what)}`,
                  )
                }
              >
                show them in the graph
              </button>
              <ul class="ig-list">
                <Some items={group.ops} few={10} noun="operation">
                  {(entry) => <Entry key={entry.op} at={at} entry={entry} />}
                </Some>
              </ul>
            </>
          )}
        </Fold>
      ))}
    </>
  );
}

type Rewritten = Rewriting["groups"][number]["ops"][number];

function Entry({ at, entry }: { at: Places; entry: Rewritten }) {
  return (
    <li>
      <OpLink op={entry.op} at={at} />
      {entry.value && <span class="ig-type">= {plain(entry.value, 40)}</span>}
      <GoesTo ops={entry.into} few={3} at={at} />
    </li>
  );
}
