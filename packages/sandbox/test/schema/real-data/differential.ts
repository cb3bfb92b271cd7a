// Holds what our rules make of all real CRDs and objects to what a real API server makes of them, and prints the figures:
//   node --conditions=@polykind/source packages/sandbox/test/schema/real-data/differential.ts
// Takes some minutes and 4 GB for the server; POLYKIND_DATA and POLYKIND_REALAPI name the folders with the input and the server.
import { reasonWithoutRealServer, startRealServer } from "../../apply/real-server.ts";
import { Comparison, ofSpec } from "./compare.ts";
import { crdOf, type RealInput, readRealInput } from "./input.ts";
import { ourVerdictOnCrd, ourVerdictOnObject } from "./ours.ts";
import { theirVerdicts } from "./theirs.ts";

const input = readRealInput();
const reason = "reason" in input ? input.reason : reasonWithoutRealServer();
if ("reason" in input || reason !== undefined) process.stdout.write(`skipped: ${reason}\n`);
else process.exitCode = (await compareAll(input)) ? 0 : 1;

async function compareAll(input: RealInput): Promise<boolean> {
  await using server = await startRealServer();
  const theirs = await theirVerdicts(server, input);
  const onCrds = new Comparison("CRDs");
  for (const [index, crd] of input.crds.entries()) onCrds.add(crd.metadata.name, theirs.crds[index], () => ofSpec(ourVerdictOnCrd(crd)));
  const onObjects = new Comparison("objects");
  const find = crdOf(input.crds);
  for (const [index, object] of input.objects.entries()) {
    const crd = find(object);
    if (crd !== undefined) onObjects.add(`object ${index} (${object.kind})`, theirs.objects[index], () => ourVerdictOnObject(object, crd));
  }
  return [onCrds.finish(), onObjects.finish()].every(Boolean);
}
