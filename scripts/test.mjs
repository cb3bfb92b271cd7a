// `npm test [-- FILES OR PATTERNS]`: installs and builds what is missing, then runs the tests.
import { join } from "node:path";
import { become, install, ROOT } from "./bootstrap.mjs";

await install();
become(["--conditions=@polykind/source", join(ROOT, "scripts/test-runner/main.ts"), ...process.argv.slice(2)], {
  env: Object.assign({ NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/node") }, process.env),
});
