// The rows of a frame: what is needed comes above what needs it, ports on the borders.
//
// dagre's own way minimises the length of all edges; it knows no first and last row and
// moves boxes far away when one edge is added. This one is linear and stays still:
// every box as high as its inputs let it, then what nothing feeds pulled down to what
// it feeds.

interface RankedGraph {
  nodes(): string[];
  node(id: string): { rank?: number };
  edges(): { v: string; w: string; name?: string }[];
  edge(edge: { v: string; w: string; name?: string }): {
    weight?: number;
    minlen?: number;
  };
}

interface Links {
  from: string;
  to: string;
  length: number;
  weight: number;
}

/** Nodes of these first letters are ports: the first row and the last. */
export const INPUT = "i";
export const OUTPUT = "o";

/** A ranker for dagre. */
export function rank(graph: RankedGraph): void {
  const ids = graph.nodes();
  const inner = new Set(ids.filter((id) => !id.startsWith("_")));
  const links = graph.edges().flatMap((edge): Links[] => {
    if (!inner.has(edge.v) || !inner.has(edge.w)) return [];
    const label = graph.edge(edge);
    const length = label.minlen ?? 1;
    return [{ from: edge.v, to: edge.w, length, weight: label.weight ?? 1 }];
  });
  const ranks = rows([...inner], links);
  for (const id of ids) graph.node(id).rank = ranks.get(id);
  // dagre ties everything to a root of its own, which it takes away again.
  const top = Math.min(0, ...ranks.values());
  for (const id of ids) if (!inner.has(id)) graph.node(id).rank = top - 1;
}

function rows(ids: string[], links: Links[]): Map<string, number> {
  const into = group(links, (link) => link.to);
  const outOf = group(links, (link) => link.from);
  const order = sorted(ids, into, outOf);
  const ranks = new Map<string, number>();
  for (const id of order) {
    const least = (into.get(id) ?? []).map(
      (link) => ranks.get(link.from)! + link.length,
    );
    ranks.set(id, Math.max(0, ...least));
  }
  const loose = looseEnds(order, into, outOf);
  for (const id of order.reverse()) {
    const out = outOf.get(id) ?? [];
    // With as much above as below it stays above, so that chains hold together.
    const heavier = weight(out) > weight(into.get(id) ?? []);
    if (!out.length || !(heavier || loose.has(id))) continue;
    ranks.set(id, Math.min(...out.map((link) => ranks.get(link.to)! - link.length)));
  }
  const used = ids.filter((id) => id[0] !== INPUT && id[0] !== OUTPUT);
  const all = used.map((id) => ranks.get(id)!);
  for (const id of ids) {
    // Two rows away: dagre wants a row between, where an edge has its middle.
    if (id[0] === INPUT) ranks.set(id, Math.min(...all, 0) - 2);
    if (id[0] === OUTPUT) ranks.set(id, Math.max(...all, 0) + 2);
  }
  return ranks;
}

/** What nothing feeds, and what follows it alone, as the words on its edge. */
function looseEnds(
  order: string[],
  into: Map<string, Links[]>,
  outOf: Map<string, Links[]>,
): Set<string> {
  const loose = new Set<string>();
  for (const id of order) {
    const [above, ...more] = into.get(id) ?? [];
    const isAlone =
      !above || (loose.has(above.from) && outOf.get(above.from)!.length === 1);
    if (isAlone && !more.length && id[0] !== INPUT) loose.add(id);
  }
  return loose;
}

function weight(links: Links[]): number {
  return links.reduce((sum, link) => sum + link.weight, 0);
}

/** Every node after what leads to it; dagre has turned the edges of cycles around. */
function sorted(
  ids: string[],
  into: Map<string, Links[]>,
  outOf: Map<string, Links[]>,
): string[] {
  const missing = new Map(ids.map((id) => [id, into.get(id)?.length ?? 0]));
  const order = ids.filter((id) => missing.get(id) === 0);
  for (let next = 0; next < order.length; next += 1) {
    for (const link of outOf.get(order[next]!) ?? []) {
      const left = missing.get(link.to)! - 1;
      missing.set(link.to, left);
      if (left === 0) order.push(link.to);
    }
  }
  return order;
}

function group(links: Links[], key: (link: Links) => string): Map<string, Links[]> {
  const groups = new Map<string, Links[]>();
  for (const link of links) {
    const there = groups.get(key(link));
    if (there) there.push(link);
    else groups.set(key(link), [link]);
  }
  return groups;
}
