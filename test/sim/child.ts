import { playSeeds } from "./part.ts";

const [from = 1, to = 0, step = 1] = process.argv.slice(2).map(Number);
process.send?.(await playSeeds({ from, to, step }));
process.disconnect();
