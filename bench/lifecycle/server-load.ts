import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RealApi } from "../../test/support/real-api.ts";
import { GROUP } from "./crd.ts";

/** Of /proc: what is told in ticks is in hundredths of a second on every Linux. */
const MS_PER_TICK = 10;
/** Of the fields behind a process's name, those of its own CPU time. */
const CPU_FIELDS = { from: 11, to: 13 };

/** Requests to objects of our group that the server has answered, and watches that are open. Of these objects it asks nothing itself. */
export async function requestsTo(api: RealApi): Promise<number> {
  const lines = (await api.kubectl(["get", "--raw", "/metrics"])).split("\n");
  const counted = lines.filter(
    (line) => /^apiserver_(request_total|longrunning_requests)\{/.test(line) && line.includes(`group="${GROUP}"`),
  );
  return counted.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** CPU milliseconds that the server has taken so far. */
export async function cpuOf({ dir }: RealApi): Promise<number> {
  const pid = (await readFile(join(dir, "apiserver.pid"), "utf8")).trim();
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields.slice(CPU_FIELDS.from, CPU_FIELDS.to).reduce((sum, ticks) => sum + Number(ticks), 0) * MS_PER_TICK;
}
