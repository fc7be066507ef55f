// Builds a script and a style sheet for each view, and `page` with all of them for pages
// without a kernel: `node build.mjs`, or with `--watch`. A widget sends its script, and
// a saved notebook keeps it, so no view carries another's.
//
// The result is committed (interactive_graphs/widgets/static/), so that nobody needs
// Node to use a clone; tests/widgets/test_bundle.py holds it against the sources.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = import.meta.dirname;
// `--out DIR` builds somewhere else, as the test does that compares.
const at = process.argv.indexOf("--out");
const out = resolve(
  here,
  at > 0 ? process.argv[at + 1] : "../interactive_graphs/widgets/static",
);
// A view is a folder with an index.tsx that exports its component, `graph` GraphView.
const views = readdirSync(`${here}/src`).filter((name) =>
  existsSync(`${here}/src/${name}/index.tsx`),
);

/** The entrance of one view: what src/index.ts is for all of them. */
const entrances = {
  name: "entrances",
  setup(build) {
    build.onResolve({ filter: /^view:/ }, ({ path }) => ({ path, namespace: "view" }));
    build.onLoad({ filter: /.*/, namespace: "view" }, ({ path }) => {
      const name = path.slice("view:".length);
      const component = `${name[0].toUpperCase()}${name.slice(1)}View`;
      return {
        resolveDir: `${here}/src`,
        contents: `import { ${component} } from "./${name}";
          import { starter } from "./shared/start";
          export default { render: starter({ ${name}: ${component} }) };`,
      };
    });
  },
};

/**
 * dagre is one file, in which lists of exports keep algorithms alive that no layout
 * needs: what is taken out of a list is named directly, and filling a list is marked
 * as without effect where nothing uses the list.
 */
const slimDagre = {
  name: "slim-dagre",
  setup(build) {
    build.onLoad({ filter: /dagre\.esm\.js$/ }, ({ path }) => {
      const lists = new Map();
      const marked = readFileSync(path, "utf8").replace(
        /[\w$]+\(([\w$]+),\{((?:[\w$]+:\(\)=>[\w$]+,?)+)\}\)/g,
        (call, list, entries) => {
          const pairs = entries.split(",").map((entry) => entry.split(":()=>"));
          lists.set(list, new Map(pairs));
          return `/* @__PURE__ */ ${call}`;
        },
      );
      const contents = marked.replace(
        /\{([\w$:,]+)\}=([\w$]+)/g,
        (all, taken, list) => {
          const from = lists.get(list);
          if (!from) return all;
          const names = taken.split(",").map((pair) => pair.split(":"));
          return ` ${names.map(([key, name = key]) => `${name}=${from.get(key)}`).join()}`;
        },
      );
      for (const [, name] of contents.matchAll(/(?<![\w$.])([\w$]+)\./g)) {
        if (lists.has(name)) throw new Error(`dagre uses ${name} in an unknown way`);
      }
      return { contents };
    });
  },
};

const options = {
  entryPoints: {
    page: "src/index.ts",
    ...Object.fromEntries(views.map((name) => [name, `view:${name}`])),
  },
  outdir: out,
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  absWorkingDir: here,
  plugins: [entrances, slimDagre],
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
  for (const name of readdirSync(out)) {
    if (![...views, "page"].includes(name.replace(/\.(js|css)$/, ""))) {
      rmSync(`${out}/${name}`); // of a view that is gone
      continue;
    }
    const text = readFileSync(`${out}/${name}`);
    console.log(`${name}: ${text.length} bytes, ${gzipSync(text).length} compressed`);
  }
}
