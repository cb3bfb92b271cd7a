// Asks a real API server anew for all answers that the tests of schemas keep:
//   npx node --conditions=@polykind/source packages/sandbox/test/schema/record.ts
import { recordAnew } from "../apply/differential.ts";
import { startRealServer } from "../apply/real-server.ts";
import { CRDS_RECORDED, EXPRESSIONS_RECORDED, OBJECTS_RECORDED, WRONG_RECORDED } from "./recording.ts";

await using server = await startRealServer();
await recordAnew(CRDS_RECORDED, server);
await recordAnew(EXPRESSIONS_RECORDED, server);
await recordAnew(OBJECTS_RECORDED, server);
await recordAnew(WRONG_RECORDED, server);
