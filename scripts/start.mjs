// `npm start [-- ARGUMENTS]`: installs and builds what is missing, then runs the demo.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { become, build, fail, install, ROOT } from "./bootstrap.mjs";

await install();
await build();
const demo = join(ROOT, "packages/cli/dist/demo/main.js");
if (!existsSync(demo)) fail(`cannot start the demo: ${demo} was not built`);
become(["--enable-source-maps", demo, ...process.argv.slice(2)]);
