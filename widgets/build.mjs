// Builds the one bundle of all views: `node build.mjs`, or with `--watch`.
//
// The result is committed (interactive_graphs/widgets/static/), so that nobody needs
// Node to use a clone; tests/widgets/test_bundle.py holds it against the sources.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

// `--out DIR` builds somewhere else, as the test does that compares.
const at = process.argv.indexOf("--out");
const out = at > 0 ? process.argv[at + 1] : "../interactive_graphs/widgets/static";
const options = {
  entryPoints: { widgets: "src/index.ts" },
  outdir: out,
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  absWorkingDir: import.meta.dirname,
  logLevel: "warning",
};

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
  for (const name of ["widgets.js", "widgets.css"]) {
    const text = readFileSync(
      new URL(`${out}/${name}`, `file://${import.meta.dirname}/`),
    );
    console.log(`${name}: ${text.length} bytes, ${gzipSync(text).length} compressed`);
  }
}
